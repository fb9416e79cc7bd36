/** Deepest path that a description spells out. */
const MAX_PATH_DEPTH = 12;
/** Nesting past this is described as such instead of followed: a megabyte of brackets must not cost a gigabyte. */
const MAX_DEPTH = 512;

/**
 * Where a text stops being JSON, for people: `unexpected "}" at position 18, in resourceSpans[0]`. Only called once
 * `JSON.parse` has refused the text, since its messages do not say where in every version of V8.
 */
export function describeJsonError(text: string): string {
  const scanner = new Scanner(text);
  const at = scanner.firstError();
  const path = scanner.path();
  const where = path === '' ? '' : `, in ${path}`;
  if (scanner.isTooDeep) return `nested more than ${MAX_DEPTH} deep at position ${at}${where}`;
  if (at >= text.length) return `unexpected end at position ${text.length}${where}`;
  return `unexpected ${JSON.stringify(text.slice(at, at + 12))} at position ${at}${where}`;
}

type Container = { readonly array: boolean; key: string; index: number };

/** RFC 8259, iterative. */
class Scanner {
  readonly #text: string;
  readonly #open: Container[] = [];
  #at = 0;
  isTooDeep = false;

  constructor(text: string) {
    this.#text = text;
  }

  path(): string {
    let path = '';
    for (const { array, key, index } of this.#open.slice(0, MAX_PATH_DEPTH)) {
      if (array) path += `[${index}]`;
      else if (key !== '') path += path === '' ? key : `.${key}`;
    }
    return path;
  }

  /** Position of the first character that cannot stand where it stands; the text's length where it just ends. */
  firstError(): number {
    let expectValue = true;
    for (;;) {
      this.#space();
      if (expectValue) {
        if (!this.#value()) return this.#at;
        // `{"a":` and `[` are followed by another value, unless the container was empty.
        expectValue = this.#isOpened;
        continue;
      }
      const top = this.#open.at(-1);
      const code = this.#text.charCodeAt(this.#at);
      if (top === undefined) return this.#at;
      if (code === COMMA) {
        this.#at++;
        if (top.array) top.index++;
        else {
          this.#space();
          if (!this.#key()) return this.#at;
        }
        expectValue = true;
      } else if (code === (top.array ? CLOSE_ARRAY : CLOSE_OBJECT)) this.#close();
      else return this.#at;
    }
  }

  /** True after {@link #value} where it began a container that is not empty. */
  #isOpened = false;

  #value(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    this.#isOpened = false;
    if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) return this.#scalar(code);
    const array = code === OPEN_ARRAY;
    if (this.#open.length >= MAX_DEPTH) {
      this.isTooDeep = true;
      return false;
    }
    this.#at++;
    this.#open.push({ array, key: '', index: 0 });
    this.#space();
    if (this.#text.charCodeAt(this.#at) === (array ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      this.#close();
      return true;
    }
    this.#isOpened = true;
    return array || this.#key();
  }

  #close(): void {
    this.#at++;
    this.#open.pop();
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  /** `"key":`; leaves the position at what is wrong. */
  #key(): boolean {
    const start = this.#at;
    if (this.#text.charCodeAt(start) !== QUOTE || !this.#string()) return false;
    this.#open.at(-1)!.key = this.#text.slice(start + 1, Math.min(this.#at - 1, start + 41));
    this.#space();
    if (this.#text[this.#at] !== ':') return false;
    this.#at++;
    return true;
  }

  #string(): boolean {
    const text = this.#text;
    this.#at++;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code < 0x20) return false;
      this.#at++;
      if (code === 34) return true;
      if (code !== 92) continue;
      const escaped = text[this.#at];
      if (escaped === undefined || !'"\\/bfnrtu'.includes(escaped)) return false;
      this.#at++;
      if (escaped !== 'u') continue;
      for (let i = 0; i < 4; i++) {
        const digit = text[this.#at];
        if (digit === undefined || !'0123456789abcdefABCDEF'.includes(digit)) return false;
        this.#at++;
      }
    }
    return false;
  }

  #scalar(code: number): boolean {
    if (code === QUOTE) return this.#string();
    const word = code === 116 ? 'true' : code === 102 ? 'false' : code === 110 ? 'null' : '';
    if (word !== '') {
      if (!this.#text.startsWith(word, this.#at)) return false;
      this.#at += word.length;
      return true;
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text);
    if (number === null) return false;
    this.#at += number[0].length;
    return true;
  }
}

const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
