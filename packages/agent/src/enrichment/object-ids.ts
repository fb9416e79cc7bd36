import { ObjectIds, Secret } from '../span-record.js';
import { looksSecret } from './secret-shape.js';

/** Ids that one response, and one request, report at most; what the collector keeps. */
const MAX_HANDED_OUT = 200;
const MAX_ASKED_FOR = 64;
/** Longest name of a member, and longest id, that are looked at, characters. */
const MAX_NAME = 40;
const MAX_ID = 64;

const LIST_START = /\[\s*\{/;
/** `id`, `_id`, `orderId`, `order_id`, and the few other names under which lists give ids. */
const ID_NAME = /^(?:_?id|uuid|guid|number|sku|slug|.*[a-z0-9](?:Id|ID|[_-]id))$/;
/** The same in requests, also of several ids. */
const ASKED_NAME = /^(?:_?ids?|uuids?|guids?|.*[a-z0-9](?:Ids?|IDs?|[_-]ids?))$/;
/** What names the sender or this one message, and no object: it would be another one with every request. */
const MESSAGE_NAME =
  /session|device|request|correlation|trace|span|client|login|message|idempotency|tracking|visitor|install|nonce|captcha|anonymous|instance|csrf/i;
const NUMBER = /\d{1,20}(?=[\s,}\]])/y;

/** Names of fields that the owner calls ids, and the last characters that names of ids can have. */
let named: ReadonlySet<string> = new Set();
const lastLetters = new Set(Array.from('dDrugs', (letter) => letter.charCodeAt(0)));

/** Makes fields of these names ids; before the first request. */
export function nameIdFields(names: readonly string[]): void {
  named = new Set(names);
  for (const name of names) lastLetters.add(name.charCodeAt(name.length - 1));
}

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
  return idsIn(prefix, start, { isId: (name) => ID_NAME.test(name) || named.has(name), limit: MAX_HANDED_OUT });
}

/**
 * Ids that a JSON request asks for: id-like members anywhere, also lists of them (`"orderIds": [1, 2]`), such as the
 * variables of GraphQL.
 *
 * @param prefix first characters of the body
 * @returns `undefined` where there are none
 */
export function askedForIds(prefix: string): ObjectIds | undefined {
  return idsIn(prefix, 0, {
    isId: (name) => (ASKED_NAME.test(name) && !MESSAGE_NAME.test(name)) || named.has(name),
    limit: MAX_ASKED_FOR,
  });
}

interface IdSearch {
  readonly isId: (name: string) => boolean;
  readonly limit: number;
}

function idsIn(text: string, start: number, { isId, limit }: IdSearch): ObjectIds | undefined {
  const ids = new Set<string>();
  for (let at = text.indexOf('":', start); at >= 0 && ids.size < limit; at = text.indexOf('":', at + 2)) {
    if (!lastLetters.has(text.charCodeAt(at - 1))) continue;
    const nameStart = text.lastIndexOf('"', at - 1) + 1;
    if (at - nameStart > MAX_NAME || !isId(text.slice(nameStart, at))) continue;
    addIds(text, at + 2, ids, limit);
  }
  if (ids.size === 0) return undefined;
  return new ObjectIds(Array.from(ids, (id) => (looksSecret(id) ? new Secret(id) : id)));
}

/** A scalar, or the scalars of an array up to the first that is none. */
function addIds(text: string, from: number, ids: Set<string>, limit: number): void {
  let at = afterSpace(text, from);
  if (text[at] !== '[') {
    const id = scalarAt(text, at);
    if (id !== undefined && id.value !== '') ids.add(id.value);
    return;
  }
  do {
    at = afterSpace(text, at + 1);
    const id = scalarAt(text, at);
    if (id === undefined) return;
    if (id.value !== '') ids.add(id.value);
    at = afterSpace(text, id.end);
  } while (text[at] === ',' && ids.size < limit);
}

/** A short string without escapes, or a whole number; `undefined` for anything else. */
function scalarAt(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  if (text[at] !== '"') {
    NUMBER.lastIndex = at;
    const value = NUMBER.exec(text)?.[0];
    return value === undefined ? undefined : { value, end: at + value.length };
  }
  const end = text.indexOf('"', at + 1);
  if (end < 0 || end - at - 1 > MAX_ID) return undefined;
  const value = text.slice(at + 1, end);
  return value.includes('\\') ? undefined : { value, end: end + 1 };
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++;
  return at;
}
