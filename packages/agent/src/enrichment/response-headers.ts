import type { CapturedResponse } from '../capture/exchange.js';

/** Longest header block that is searched, characters. */
const MAX_BLOCK = 16 * 1024;

/**
 * Value of a response header, `''` where it is not set. Headers given to `writeHead` with a status never reach
 * `getHeader`; they are found in the header block that Node has rendered.
 *
 * @param name lower case, of letters and dashes
 */
export function responseHeader(response: CapturedResponse, name: string): string {
  return responseHeaders(response, name)[0] ?? '';
}

/** All values of a response header. */
export function responseHeaders(response: CapturedResponse, name: string): readonly string[] {
  const set = response.getHeader(name);
  if (set !== undefined) return Array.isArray(set) ? set : [String(set)];
  const { _header: block } = response as { readonly _header?: unknown };
  if (typeof block !== 'string') return [];
  const lines = block.slice(0, MAX_BLOCK).matchAll(new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'gim'));
  return Array.from(lines, (line) => line[1] ?? '');
}
