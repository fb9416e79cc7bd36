import { ObjectIds, Secret } from '../span-record.js';
import { looksSecret } from './secret-shape.js';

/** Ids that one response reports at most. */
const MAX_IDS = 200;
/** Longest name of a member, and longest id, that are looked at, characters. */
const MAX_NAME = 40;
const MAX_ID = 64;

const LIST_START = /\[\s*\{/;
/** `id`, `_id`, `orderId`, `order_id`, and the few other names under which lists give ids. */
const ID_NAME = /^(?:_?id|uuid|guid|number|sku|slug|.*[a-z0-9](?:Id|ID|[_-]id))$/;
const NUMBER = /\d{1,20}(?=[\s,}\]])/y;

/**
 * Ids that a list in a JSON response hands out: id-like members from the first array of objects on.
 *
 * Lists are common and long, so this does not parse: it jumps from member to member and looks only at names that can be
 * an id's. What it sees as a member inside a text is escaped and so never has such a name.
 *
 * @param prefix first characters of the body; an id that its end cuts is left out
 * @returns `undefined` where there are none
 */
export function handedOutIds(prefix: string): ObjectIds | undefined {
  const start = prefix.search(LIST_START);
  if (start < 0) return undefined;
  const ids = new Set<string>();
  for (let at = prefix.indexOf('":', start); at >= 0 && ids.size < MAX_IDS; at = prefix.indexOf('":', at + 2)) {
    if (!canEndIdName(prefix.charCodeAt(at - 1))) continue;
    const nameStart = prefix.lastIndexOf('"', at - 1) + 1;
    if (at - nameStart > MAX_NAME || !ID_NAME.test(prefix.slice(nameStart, at))) continue;
    const id = scalarAt(prefix, at + 2);
    if (id !== '') ids.add(id);
  }
  if (ids.size === 0) return undefined;
  return new ObjectIds(Array.from(ids, (id) => (looksSecret(id) ? new Secret(id) : id)));
}

/** The last letters of the names above: d, D, r, u, g. */
function canEndIdName(code: number): boolean {
  return code === 100 || code === 68 || code === 114 || code === 117 || code === 103;
}

/** A short string without escapes, or a whole number, behind white space; `''` for anything else. */
function scalarAt(text: string, from: number): string {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  if (text[at] !== '"') {
    NUMBER.lastIndex = at;
    return NUMBER.exec(text)?.[0] ?? '';
  }
  const end = text.indexOf('"', at + 1);
  if (end < 0 || end - at - 1 > MAX_ID) return '';
  const value = text.slice(at + 1, end);
  return value.includes('\\') ? '' : value;
}
