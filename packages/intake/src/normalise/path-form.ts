import { decodeLeniently } from '../url-parts.js';

/** A path in the form in which routes are compared. */
export interface PathForm {
  /** Segments without percent-encoding and matrix parameters; the same array as `raw` where there are none. */
  readonly segments: readonly string[];
  /** Segments as they came, without matrix parameters. */
  readonly raw: readonly string[];
  /** Per segment its matrix parameters (RFC 3986, section 3.3) without the first `;`, or `undefined` without any. */
  readonly matrix: readonly string[] | undefined;
}

/** Splits a path into its segments; empty ones (double and trailing slashes) are dropped. */
export function splitPath(path: string): string[] {
  const segments: string[] = [];
  let start = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i < path.length && path.charCodeAt(i) !== 47) continue;
    if (i > start) segments.push(path.slice(start, i));
    start = i + 1;
  }
  return segments;
}

/**
 * A key in parentheses as OData writes it (4.01 URL conventions, section 4.3): a number, a quoted text, a UUID, or names
 * with values.
 */
const KEYED = /^([A-Za-z_][\w.]{0,127})\((\d{1,20}|'[^'()]{1,128}'|[0-9A-Fa-f-]{36}|[A-Za-z_]\w*=[^()]{1,256})\)$/;

/** `Orders(17)` as the two segments that other services write, `Orders`, `17`. */
function withoutKey(segment: string): string | string[] {
  const keyed = KEYED.exec(segment);
  if (keyed === null) return segment;
  const key = keyed[2]!;
  return [keyed[1]!, key.startsWith("'") ? key.slice(1, -1) : key];
}

/** Reads a path into the form in which its segments are compared with routes. */
export function formOf(path: string): PathForm {
  let raw = splitPath(path);
  if (path.includes('(')) raw = raw.flatMap(withoutKey);
  let matrix: string[] | undefined;
  if (path.includes(';')) {
    matrix = [];
    const bare: string[] = [];
    for (const segment of raw) {
      const mark = segment.indexOf(';');
      // `;` in front begins no parameters, nor does one behind dots (`/..;/` is a probe, kept as it is).
      const isMatrix = mark > 0 && segment.includes('=', mark) && !segment.startsWith('.');
      bare.push(isMatrix ? segment.slice(0, mark) : segment);
      matrix.push(isMatrix ? segment.slice(mark + 1) : '');
    }
    raw = bare;
  }
  return { raw, matrix, segments: path.includes('%') ? raw.map(plain) : raw };
}

/** A segment is only decoded where it stays one: `%2F` and controls keep their encoding. */
function plain(segment: string): string {
  if (!segment.includes('%')) return segment;
  const decoded = decodeLeniently(segment);
  for (let i = 0; i < decoded.length; i++) {
    const code = decoded.charCodeAt(i);
    if (code === 47 || code === 92 || code < 32 || code === 127) return segment;
  }
  return decoded;
}
