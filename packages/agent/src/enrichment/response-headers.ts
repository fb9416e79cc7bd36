import type { CapturedResponse } from '../capture/exchange.js';
import { Memo } from '../memo.js';

/** Longest header block that is searched, characters. */
const MAX_BLOCK = 16 * 1024;

/**
 * Value of a response header, `''` where it is not set. Headers given to `writeHead` with a status never reach
 * `getHeader`; they are found in the header block that Node has rendered.
 *
 * @param name lower case, of letters and dashes
 */
export function responseHeader(response: CapturedResponse, name: string): string {
  const set = response.getHeader(name);
  if (typeof set === 'string') return set;
  if (set !== undefined) return Array.isArray(set) ? (set[0] ?? '') : String(set);
  return headerIn(headerBlock(response), name);
}

/** All values of a response header. */
export function responseHeaders(response: CapturedResponse, name: string): readonly string[] {
  const set = response.getHeader(name);
  if (set !== undefined) return Array.isArray(set) ? set : [String(set)];
  const lines = headerBlock(response).matchAll(new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'gim'));
  return Array.from(lines, (line) => line[1] ?? '');
}

/** HTTP/2 has none: there headers are always set one by one. */
function headerBlock(response: CapturedResponse): string {
  const { _header: block } = response as { readonly _header?: unknown };
  if (typeof block !== 'string') return '';
  return block.length > MAX_BLOCK ? block.slice(0, MAX_BLOCK) : block;
}

/** How a name stands at the beginning of a line: as it is, and with capitals, as services write it. */
const lineStarts = new Memo({ entries: 64, length: 64 }, (name): readonly [string, string] => {
  const capitals = name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return [`\r\n${name}:`, `\r\n${capitals}:`];
});

/**
 * The header in a header block. Searched as text in the two spellings in use: this is asked for every response, mostly in
 * vain.
 */
function headerIn(block: string, name: string): string {
  const [lower, capital] = lineStarts.of(name);
  let at = block.indexOf(capital);
  if (at < 0) at = block.indexOf(lower);
  if (at < 0) return '';
  const start = at + lower.length;
  const end = block.indexOf('\r\n', start);
  return block.slice(start, end < 0 ? block.length : end).trim();
}
