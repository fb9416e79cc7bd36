const SLOTS = 16_384;
/** Longer values are too seldom the same to be worth comparing. */
const MAX_BYTES = 256;
const SLOT_WORDS = MAX_BYTES / 4;
/** In each of the four bytes of a word, the bit that ASCII does not have. */
const NOT_ASCII = 0x80808080 | 0;

/**
 * Makes strings from UTF-8 bytes and gives the same string object for the same bytes while it remembers them: user
 * agents, routes and service names come thousands of times a second, and later stages hash them. Direct-mapped, so its
 * size never changes; only ASCII values are remembered. Bytes are hashed and compared four at a time.
 */
export class StringCache {
  readonly #texts: string[] = new Array(SLOTS).fill('');
  /** Per slot the bytes of its text in whole words; what is left of them is compared with the text. */
  readonly #words = new Int32Array(SLOTS * SLOT_WORDS);
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(this.#bytes.buffer);

  /** The text in `bytes[start, end)`; invalid UTF-8 becomes U+FFFD. */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > MAX_BYTES) return bytes.toString('utf8', start, end);
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    const view = this.#view;
    const rest = end - (length & 3);
    let hash = length;
    let bits = 0;
    for (let i = start; i < rest; i += 4) {
      const word = view.getInt32(i, true);
      bits |= word;
      hash = step(hash, word);
    }
    for (let i = rest; i < end; i++) {
      const byte = bytes[i]!;
      bits |= byte;
      hash = step(hash, byte);
    }
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#texts[slot]!;
    if (known.length === length && this.#isSame(slot, start, rest)) {
      let i = rest;
      while (i < end && known.charCodeAt(i - start) === bytes[i]) i++;
      if (i === end) return known;
    }
    if ((bits & NOT_ASCII) !== 0) return bytes.toString('utf8', start, end);
    // The same text for ASCII, and made in half the time.
    const text = bytes.toString('latin1', start, end);
    this.#remember(slot, text, start);
    return text;
  }

  #isSame(slot: number, start: number, rest: number): boolean {
    const view = this.#view;
    const words = this.#words;
    let word = slot * SLOT_WORDS;
    for (let i = start; i < rest; i += 4) if (words[word++] !== view.getInt32(i, true)) return false;
    return true;
  }

  #remember(slot: number, text: string, start: number): void {
    this.#texts[slot] = text;
    const whole = text.length >> 2;
    for (let i = 0; i < whole; i++) this.#words[slot * SLOT_WORDS + i] = this.#view.getInt32(start + 4 * i, true);
  }
}

/** One round of MurmurHash2. */
function step(hash: number, word: number): number {
  const mixed = Math.imul(word, 0x5bd1e995);
  return Math.imul(hash, 0x5bd1e995) ^ mixed ^ (mixed >>> 24);
}
