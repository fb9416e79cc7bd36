import type { CapturedResponse } from '../capture/exchange.js';

/** Longest header block that is searched, characters. */
const MAX_BLOCK = 16 * 1024;

const patterns = new Map<string, RegExp>();

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
  const block = headerBlock(response);
  return block === '' ? '' : (patternOf(name).exec(block)?.[1] ?? '');
}

/** All values of a response header. */
export function responseHeaders(response: CapturedResponse, name: string): readonly string[] {
  const set = response.getHeader(name);
  if (set !== undefined) return Array.isArray(set) ? set : [String(set)];
  const lines = headerBlock(response).matchAll(new RegExp(patternOf(name), 'gim'));
  return Array.from(lines, (line) => line[1] ?? '');
}

function headerBlock(response: CapturedResponse): string {
  const { _header: block } = response as { readonly _header?: unknown };
  if (typeof block !== 'string') return '';
  return block.length > MAX_BLOCK ? block.slice(0, MAX_BLOCK) : block;
}

function patternOf(name: string): RegExp {
  let pattern = patterns.get(name);
  if (pattern === undefined) {
    pattern = new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, 'im');
    patterns.set(name, pattern);
  }
  return pattern;
}
