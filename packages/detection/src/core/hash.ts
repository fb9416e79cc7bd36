/**
 * 64-bit keys for tables and sketches, held as two 32-bit lanes so that no BigInt and no string is made per event.
 *
 * The function is "cyrb53" (public domain, two multiplicative lanes with a cross-mixing finish) kept at its full 64 bits.
 * At ten million keys the chance of any collision is below 3·10⁻⁶ (birthday bound). The seed is stored with the state:
 * who does not know it cannot aim collisions at another key.
 */
export interface Key {
  /** Signed 32 bits. */
  hi: number;
  /** Signed 32 bits. */
  lo: number;
}

const QUESTION_MARK = 63;

export function newKey(): Key {
  return { hi: 0, lo: 0 };
}

/** Writes the key of `text` into `out`. */
export function hashText(text: string, seed: number, out: Key): void {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  finish(a, b, out);
}

/** Writes the key of the page `path?query`, as {@link hashText} would of the joined text, or of `path` where there is no query. */
export function hashPage(path: string, query: string, seed: number, out: Key): void {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  if (query !== '') {
    a = Math.imul(a ^ QUESTION_MARK, 2654435761);
    b = Math.imul(b ^ QUESTION_MARK, 1597334677);
    for (let i = 0; i < query.length; i++) {
      const code = query.charCodeAt(i);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
  }
  finish(a, b, out);
}

/** Writes the key of the pair (`first`, `second`) in the name space `tag` into `out`; `out` may be one of the two. */
export function mixKeys(tag: number, first: Readonly<Key>, second: Readonly<Key>, out: Key): void {
  const a = Math.imul(first.hi ^ Math.imul(tag, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(second.hi, 0xc2b2ae35);
  const b = Math.imul(first.lo ^ tag, 0x27d4eb2f) ^ Math.imul(second.lo, 0x165667b1);
  finish((a + b) | 0, b ^ (a >>> 7), out);
}

/** Writes the key of (`first`, `number`) in the name space `tag` into `out`. */
export function mixNumber(tag: number, first: Readonly<Key>, number: number, out: Key): void {
  const a = Math.imul(first.hi ^ Math.imul(tag, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35);
  const b = Math.imul(first.lo ^ tag, 0x27d4eb2f) ^ Math.imul(number ^ (number >>> 15), 0x165667b1);
  finish((a + b) | 0, b ^ (a >>> 7), out);
}

/** The end of every hash; for readers that go through the characters of a text themselves. */
export function finish(first: number, second: number, out: Key): void {
  let a = first;
  let b = second;
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  out.hi = b | 0;
  out.lo = a | 0;
}
