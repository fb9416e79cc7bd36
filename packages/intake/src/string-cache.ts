const SLOTS = 16_384;
/** Longer values are too seldom the same to be worth comparing. */
const MAX_BYTES = 256;

/**
 * Makes strings from UTF-8 bytes and gives the same string object for the same bytes while it remembers them: user
 * agents, routes and service names come thousands of times a second, and later stages hash them. Direct-mapped, so its
 * size never changes; only ASCII values are remembered.
 */
export class StringCache {
  readonly #slots: string[] = new Array(SLOTS).fill('');

  /** The text in `bytes[start, end)`; invalid UTF-8 becomes U+FFFD. */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > MAX_BYTES) return bytes.toString('utf8', start, end);
    // At most 32 bytes, spread over the value: a collision only costs a miss.
    const stride = (length >> 5) + 1;
    let hash = length;
    for (let i = end - 1; i >= start; i -= stride) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#slots[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    const text = bytes.toString('utf8', start, end);
    if (text.length === length) this.#slots[slot] = text;
    return text;
  }
}
