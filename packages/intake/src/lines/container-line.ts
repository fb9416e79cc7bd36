/** `2026-11-24T06:00:00.123456789Z stdout F 203.0.113.9 - - […` */
const CRI = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) std(?:out|err) F /;
/** `-` of a date. */
const DASH = 45;

/** The line that a program wrote, out of one in the format of Kubernetes (CRI); a line in any other format as it is. */
export function insideCriLine(line: string): string {
  if (line.charCodeAt(4) !== DASH) return line;
  const head = CRI.exec(line);
  return head === null ? line : line.slice(head[0].length);
}

/** The line that a program wrote, out of one of Docker's `json-file` driver; `undefined` where it is none. */
export function insideDockerLine(value: Readonly<Record<string, unknown>>): string | undefined {
  const { log, stream, time } = value;
  return typeof log === 'string' && typeof stream === 'string' && typeof time === 'string' ? log.trimEnd() : undefined;
}
