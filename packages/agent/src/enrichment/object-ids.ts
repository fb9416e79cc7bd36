import { ObjectIds, Secret } from '../span-record.js';
import { jsonFields } from './json-fields.js';
import { looksSecret } from './secret-shape.js';

/** Ids that one response reports at most. */
const MAX_IDS = 200;
const MAX_FIELDS = 4096;
const ID_FIELD = /^_?id$|[a-z0-9](?:Id|ID|_id|-id)$|^(?:uuid|guid|number|reference|sku|slug|code)$/;

/**
 * Ids that a list in a JSON response hands out: id-like members of objects inside arrays.
 *
 * @param prefix first characters of the body
 * @returns `undefined` where there are none
 */
export function handedOutIds(prefix: string): ObjectIds | undefined {
  if (!prefix.includes('[')) return undefined;
  const ids = new Set<string>();
  for (const { key, kind, text, inArray } of jsonFields(prefix, { maxFields: MAX_FIELDS, maxDepth: 8 })) {
    if (!inArray || kind === 'literal' || text === '' || text.length > 64 || !ID_FIELD.test(key)) continue;
    ids.add(text);
    if (ids.size >= MAX_IDS) break;
  }
  if (ids.size === 0) return undefined;
  return new ObjectIds([...ids].map((id) => (looksSecret(id) ? new Secret(id) : id)));
}
