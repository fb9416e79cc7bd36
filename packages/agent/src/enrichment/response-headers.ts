import type { CapturedResponse } from '../capture/exchange.js';
import { Memo } from '../memo.js';

/** Longest header block that is searched, characters. */
const MAX_BLOCK = 16 * 1024;

/**
 * Value of a response header, `''` where it is not set.
 *
 * @param name lower case, of letters and dashes; not one that Node adds itself (`date`, `content-length`, …)
 */
export function responseHeader(response: CapturedResponse, name: string): string {
  const set = response.getHeader(name);
  if (typeof set === 'string') return set;
  if (set !== undefined) return Array.isArray(set) ? (set[0] ?? '') : String(set);
  return headerIn(headerBlock(response), name);
}

/** All values of a response header, see {@link responseHeader}. */
export function responseHeaders(response: CapturedResponse, name: string): readonly string[] {
  const set = response.getHeader(name);
  if (set !== undefined) return Array.isArray(set) ? set : [String(set)];
  const block = headerBlock(response);
  if (block === '') return [];
  const lines = block.matchAll(new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'gim'));
  return Array.from(lines, (line) => line[1] ?? '');
}

/**
 * The headers as Node has rendered them, `''` where `getHeader` knows them all. Node hands headers that are given to
 * `writeHead` to `setHeader` if any was set before; if none was, they stand in the rendered block alone. The block is
 * pieced together from many strings, so that searching it takes a microsecond: not where the content type was set, as
 * most services do, and not in HTTP/2, which has no block.
 */
function headerBlock(response: CapturedResponse): string {
  if (response.hasHeader('content-type')) return '';
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
