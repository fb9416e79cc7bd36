/** Tells a person what went wrong and ends with exit code 1. The stack is for bugs, not for wrong settings. */
export function reportError(error: unknown): void {
  const { code, message, stack } = error as { code?: unknown; message?: string; stack?: string };
  const isExpected = typeof code === 'string' && code.startsWith('VDT_');
  process.stderr.write(isExpected ? `vedette: ${message} (${code})\n` : `vedette: ${stack ?? String(error)}\n`);
  process.exitCode = 1;
}
