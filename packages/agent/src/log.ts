import { writeSync } from 'node:fs';

/** Writes the agent's few lines to standard error; `console` and the app's loggers are left alone. */
export interface Log {
  /** Writes a line once per code until {@link Log.forget} is called for it. */
  warnOnce(code: string, message: string): void;
  /** Lets the next warning with this code through, after the trouble it names has passed. */
  forget(code: string): void;
}

/** A log that writes whole lines through `write`; a failing write is ignored, as the service must not notice it. */
export function createLog(write: (line: string) => void = writeToStandardError): Log {
  const said = new Set<string>();
  return {
    warnOnce(code, message) {
      if (said.has(code)) return;
      said.add(code);
      try {
        write(`[vedette] ${message} (${code})\n`);
      } catch {
        // A closed standard error is the service's business.
      }
    },
    forget(code) {
      said.delete(code);
    },
  };
}

/**
 * Past `process.stderr`, which reports a closed pipe as an `error` event that would end a service without a listener for
 * it; what the descriptor does not take at once is not said.
 */
function writeToStandardError(line: string): void {
  writeSync(2, line);
}
