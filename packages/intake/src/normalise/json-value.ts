/** Longest JSON text in a query that is read; a longer one is kept as any other text. */
const MAX_LENGTH = 2048;
const MAX_DEPTH = 3;
const MAX_VALUES = 64;

/** Takes one value by its name and returns what may be kept of it. */
export type KeepValue = (name: string, value: string) => string;

/**
 * Reads a JSON object that stands in a query (`variables={"orderId":"17"}`, as persisted GraphQL queries send them):
 * each text and number inside is a parameter of its own, values of a list by the list's name.
 *
 * @returns the JSON with what may be kept, or `undefined` where the text is none
 */
export function readJsonValue(text: string, keep: KeepValue): string | undefined {
  if (text.length > MAX_LENGTH || text.charCodeAt(0) !== 123 || !text.endsWith('}')) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  let left = MAX_VALUES;
  let changed = false;
  const walk = (name: string, value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return depth === 0 ? null : value.map((one) => walk(name, one, depth - 1));
    if (typeof value === 'object' && value !== null) {
      if (depth === 0) return null;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(key, inner, depth - 1)]));
    }
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    if (--left < 0) return null;
    const plain = String(value);
    const kept = plain === '' ? plain : keep(name, plain);
    if (kept === plain) return value;
    changed = true;
    return kept;
  };
  const safe = walk('', read, MAX_DEPTH);
  // What lies deeper, or is too much, was not looked at: it is not kept.
  return changed || left < 0 || isDeeper(read, MAX_DEPTH) ? JSON.stringify(safe) : text;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
