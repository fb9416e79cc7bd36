/** Thrown where the general decoder has to look. */
export const GAVE_UP = new Error('gave up');
/** Deepest nesting that is skipped. */
const MAX_DEPTH = 64;

export const QUOTE = 34;
export const COMMA = 44;
const COLON = 58;
export const OPEN_ARRAY = 91;
const BACKSLASH = 92;
export const CLOSE_ARRAY = 93;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;

/**
 * Walks through JSON (RFC 8259) that is still bytes, `[start, end)` of a larger buffer, and throws {@link GAVE_UP} where
 * it is malformed. It makes nothing of what it passes; strings are left as places in the bytes.
 */
export class JsonCursor {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly end: number;
  at: number;
  // Content of the string read last, without its quotes.
  from = 0;
  to = 0;
  escaped = false;
  /** Up to here four bytes can be read at once. */
  readonly #lastWord: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = start;
    this.end = end;
    this.#lastWord = bytes.length - 4;
  }

  /** Calls `read` behind each key of an object. */
  object(read: () => void): void {
    this.expect(OPEN_OBJECT);
    if (this.isClosed(CLOSE_OBJECT)) return;
    do {
      this.key();
      read();
    } while (this.hasMore(CLOSE_OBJECT));
  }

  /** Calls `read` before each value of an array. */
  array(read: () => void): void {
    this.expect(OPEN_ARRAY);
    if (this.isClosed(CLOSE_ARRAY)) return;
    do read();
    while (this.hasMore(CLOSE_ARRAY));
  }

  expect(code: number): void {
    this.space();
    if (this.bytes[this.at] !== code || this.at >= this.end) throw GAVE_UP;
    this.at++;
  }

  isClosed(code: number): boolean {
    this.space();
    if (this.bytes[this.at] !== code) return false;
    this.at++;
    return true;
  }

  /** Behind a value: true where a comma follows, false behind the end of the container. */
  hasMore(close: number): boolean {
    this.space();
    const code = this.bytes[this.at++];
    if (code === COMMA) return true;
    if (code !== close || this.at > this.end) throw GAVE_UP;
    return false;
  }

  /** A key and the colon behind it; keys with escapes are not read. */
  key(): void {
    this.string();
    if (this.escaped) throw GAVE_UP;
    this.space();
    if (this.bytes[this.at] !== COLON) throw GAVE_UP;
    this.at++;
  }

  /** Whether the string read last is this one. */
  is(text: string): boolean {
    if (this.to - this.from !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[this.from + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  space(): void {
    while (isSpace(this.bytes[this.at]!)) this.at++;
  }

  string(): void {
    this.space();
    if (this.bytes[this.at] !== QUOTE) throw GAVE_UP;
    this.content(this.at + 1);
  }

  /** The content of a string, which begins at `from`, and the quote behind it. */
  content(from: number): void {
    this.escaped = false;
    let at = this.#skipPlain(from);
    let code = this.bytes[at];
    while (code === BACKSLASH) {
      this.escaped = true;
      at = this.#skipPlain(this.#escape(at + 1));
      code = this.bytes[at];
    }
    if (code !== QUOTE || at >= this.end) throw GAVE_UP;
    this.from = from;
    this.to = at;
    this.at = at + 1;
  }

  /** A number, plain or in quotes. */
  number(): number {
    if (this.bytes[this.at] === QUOTE) {
      this.string();
      if (this.escaped) throw GAVE_UP;
      return this.numberIn(this.from, this.to);
    }
    const from = this.at;
    this.#skipNumber();
    return this.numberIn(from, this.at);
  }

  /** The number that these bytes write; NaN where they write none. */
  numberIn(from: number, to: number): number {
    // Whole numbers of up to 15 digits are exact; all else is left to `Number`.
    if (to > from && to - from <= 15) {
      let value = 0;
      let at = from;
      for (; at < to; at++) {
        const digit = this.bytes[at]! - 48;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (at === to) return value;
    }
    if (to - from > 32) throw GAVE_UP;
    const text = this.bytes.toString('latin1', from, to).trim();
    return text === '' ? Number.NaN : Number(text);
  }

  /** Any value. */
  skip(depth = 0): void {
    this.space();
    const code = this.bytes[this.at]!;
    if (code === QUOTE) this.string();
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (depth >= MAX_DEPTH) throw GAVE_UP;
      const close = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      this.at++;
      if (this.isClosed(close)) return;
      do {
        if (code === OPEN_OBJECT) this.key();
        this.skip(depth + 1);
      } while (this.hasMore(close));
    } else if (code === 116) this.#word('true');
    else if (code === 102) this.#word('false');
    else if (code === 110) this.#word('null');
    else this.#skipNumber();
  }

  /** Position of the first byte from `at` on that is a quote, a backslash or a control. */
  #skipPlain(at: number): number {
    const { view } = this;
    for (; at <= this.#lastWord; at += 4) {
      const word = view.getInt32(at, true);
      const quote = word ^ 0x22222222;
      const slash = word ^ 0x5c5c5c5c;
      // The lowest bit set is the highest of the first such byte (the classic test for a zero byte, three times).
      const stop =
        (((quote - 0x01010101) & ~quote) | ((slash - 0x01010101) & ~slash) | ((word - 0x20202020) & ~word)) &
        0x80808080;
      if (stop !== 0) return at + ((31 - Math.clz32(stop & -stop)) >> 3);
    }
    const { bytes } = this;
    for (; at < this.end; at++) {
      const code = bytes[at]!;
      if (code === QUOTE || code === BACKSLASH || code < 32) return at;
    }
    return at;
  }

  /** Position behind an escape. */
  #escape(at: number): number {
    const code = this.bytes[at]!;
    if (code !== 117) {
      if (!isEscape(code)) throw GAVE_UP;
      return at + 1;
    }
    for (let i = 1; i <= 4; i++) {
      const digit = this.bytes[at + i]! | 32;
      if (!((digit >= 48 && digit <= 57 && this.bytes[at + i]! < 58) || (digit >= 97 && digit <= 102))) throw GAVE_UP;
    }
    return at + 5;
  }

  #word(text: string): void {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) throw GAVE_UP;
    this.at += text.length;
    if (this.at > this.end) throw GAVE_UP;
  }

  /** RFC 8259: no leading zeros, digits on both sides of the point. */
  #skipNumber(): void {
    const { bytes } = this;
    if (bytes[this.at] === 45) this.at++;
    const first = bytes[this.at];
    const whole = this.#digits();
    if (whole === 0 || (first === 48 && whole > 1)) throw GAVE_UP;
    if (bytes[this.at] === 46) {
      this.at++;
      if (this.#digits() === 0) throw GAVE_UP;
    }
    const exponent = bytes[this.at];
    if (exponent === 101 || exponent === 69) {
      this.at++;
      const sign = bytes[this.at];
      if (sign === 43 || sign === 45) this.at++;
      if (this.#digits() === 0) throw GAVE_UP;
    }
    if (this.at > this.end) throw GAVE_UP;
  }

  #digits(): number {
    const from = this.at;
    let code = this.bytes[this.at]!;
    while (code >= 48 && code <= 57) code = this.bytes[++this.at]!;
    return this.at - from;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t` */
function isEscape(code: number): boolean {
  return (
    code === 34 ||
    code === 92 ||
    code === 47 ||
    code === 98 ||
    code === 102 ||
    code === 110 ||
    code === 114 ||
    code === 116
  );
}
