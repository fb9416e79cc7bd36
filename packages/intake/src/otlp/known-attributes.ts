import type { Slot } from './attribute-slots.js';
import type { JsonCursor } from './json-cursor.js';

/** Openings remembered; past it all are learned anew. */
const MAX_KNOWN = 512;
const MAX_LENGTH = 160;

/** What an opening says of its attribute. */
export interface Attribute {
  /** `undefined` where nobody wants it. */
  readonly slot: Slot | undefined;
  readonly name: string;
  /** The opening ends in the quote of a string. */
  readonly isQuoted: boolean;
}

/** How an attribute begins, up to its value: `{"key":"http.route","value":{"stringValue":"`. */
interface Opening {
  readonly attribute: Attribute;
  readonly bytes: Uint8Array;
  /** The bytes in whole words. */
  readonly words: Int32Array;
  // Those that came behind it, the last one first.
  next: Opening | undefined;
  other: Opening | undefined;
}

/**
 * Attributes come in the same order again and again, so each opening remembers which came behind it. A guess that is
 * right costs a comparison of the bytes, and key, place and kind of value are known.
 */
export class KnownAttributes {
  readonly #openings = new Map<string, Opening>();
  readonly #first = open({ slot: undefined, name: '', isQuoted: false }, Buffer.alloc(0));
  #last = this.#first;

  /** Call before the first attribute of a span. */
  restart(): void {
    this.#last = this.#first;
  }

  /** The attribute that begins at the cursor, which is then at its value; `undefined` where the guess is wrong. */
  guess(cursor: JsonCursor): Attribute | undefined {
    const last = this.#last;
    const { next, other } = last;
    if (next !== undefined && isAt(next, cursor)) {
      cursor.at += next.bytes.length;
      this.#last = next;
      return next.attribute;
    }
    if (other !== undefined && isAt(other, cursor)) {
      cursor.at += other.bytes.length;
      last.next = other;
      last.other = next;
      this.#last = other;
      return other.attribute;
    }
    return undefined;
  }

  /** Takes note of an attribute that was read letter by letter: it begins at `start`, its value at `valueAt`. */
  note(cursor: JsonCursor, start: number, valueAt: number, attribute: Attribute): void {
    if (valueAt - start > MAX_LENGTH) return;
    const bytes = cursor.bytes.subarray(start, valueAt);
    const text = bytes.toString('latin1');
    let opening = this.#openings.get(text);
    if (opening === undefined) {
      if (this.#openings.size >= MAX_KNOWN) this.#forget();
      opening = open(attribute, bytes);
      this.#openings.set(text, opening);
    }
    const last = this.#last;
    last.other = last.next;
    last.next = opening;
    this.#last = opening;
  }

  #forget(): void {
    this.#openings.clear();
    this.#first.next = undefined;
    this.#first.other = undefined;
    this.#last = this.#first;
  }
}

function open(attribute: Attribute, bytes: Buffer): Opening {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const words = Int32Array.from({ length: copy.length >> 2 }, (_, i) => view.getInt32(4 * i, true));
  return { attribute, bytes: copy, words, next: undefined, other: undefined };
}

function isAt({ bytes, words }: Opening, { view, at, end }: JsonCursor): boolean {
  if (at + bytes.length > end) return false;
  for (let i = 0; i < words.length; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  for (let i = 4 * words.length; i < bytes.length; i++) if (view.getUint8(at + i) !== bytes[i]) return false;
  return true;
}
