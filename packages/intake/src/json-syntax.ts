/** Deepest path that a description spells out. */
const MAX_PATH_DEPTH = 12;

/**
 * Where a text stops being JSON, for people: `unexpected "}" at position 18, in resourceSpans[0]`. Only called once
 * `JSON.parse` has refused the text, since its messages do not say where in every version of V8.
 */
export function describeJsonError(text: string): string {
  const scanner = new Scanner(text);
  const at = scanner.firstError();
  const path = scanner.path();
  const where = path === '' ? '' : `, in ${path}`;
  if (at >= text.length) return `unexpected end at position ${text.length}${where}`;
  return `unexpected ${JSON.stringify(text.slice(at, at + 12))} at position ${at}${where}`;
}

type Container = { readonly array: boolean; key: string; index: number };

/** RFC 8259, iterative: depth costs memory only. */
class Scanner {
  readonly #text: string;
  readonly #open: Container[] = [];
  #at = 0;

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
    const text = this.#text;
    let expectValue = true;
    for (;;) {
      this.#space();
      if (expectValue) {
        const char = text[this.#at];
        if (char === '{' || char === '[') {
          this.#at++;
          this.#open.push({ array: char === '[', key: '', index: 0 });
          this.#space();
          if (text[this.#at] === (char === '[' ? ']' : '}')) {
            this.#close();
            expectValue = false;
          } else if (char === '{' && !this.#key()) return this.#at;
          continue;
        }
        if (!this.#scalar()) return this.#at;
        expectValue = false;
        continue;
      }
      const top = this.#open.at(-1);
      const char = text[this.#at];
      if (top === undefined) return this.#at;
      if (char === ',') {
        this.#at++;
        if (top.array) top.index++;
        else {
          this.#space();
          if (!this.#key()) return this.#at;
        }
        expectValue = true;
      } else if (char === (top.array ? ']' : '}')) this.#close();
      else return this.#at;
    }
  }

  #close(): void {
    this.#at++;
    this.#open.pop();
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\n\r'.includes(this.#text[this.#at]!)) this.#at++;
  }

  /** `"key":`; leaves the position at what is wrong. */
  #key(): boolean {
    const start = this.#at;
    if (this.#text[start] !== '"' || !this.#string()) return false;
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

  #scalar(): boolean {
    const text = this.#text;
    if (text[this.#at] === '"') return this.#string();
    for (const word of ['true', 'false', 'null']) {
      if (text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return true;
      }
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(text);
    if (number === null) return false;
    this.#at += number[0].length;
    return true;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
