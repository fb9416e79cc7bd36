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

/** Reads a path into the form in which its segments are compared with routes. */
export function formOf(path: string): PathForm {
  let raw = splitPath(path);
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
