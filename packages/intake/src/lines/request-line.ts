/** Method and target of an HTTP request line, or `undefined` where it is none. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

/** Reads `GET /a?b HTTP/1.1`. Targets with spaces in them and HTTP/0.9 requests are let through, anything else is not. */
export function parseRequestLine(text: string): RequestLine | undefined {
  const space = text.indexOf(' ');
  if (space < 1 || space > 24) return undefined;
  for (let i = 0; i < space; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 45 || code === 95)) return undefined;
  }
  const method = text.slice(0, space);
  const last = text.lastIndexOf(' ');
  const target =
    last > space && text.startsWith('HTTP/', last + 1) ? text.slice(space + 1, last) : text.slice(space + 1);
  const isTarget = target.charCodeAt(0) === 47 || target === '*' || target.includes('://') || method === 'CONNECT';
  return isTarget ? { method, target } : undefined;
}
