/** What a {@link Memo} keeps. */
export interface MemoLimits {
  /** Texts that are remembered; with one more all are forgotten, which costs less than to tell which is the oldest. */
  readonly entries: number;
  /** Longest text that is remembered, characters. */
  readonly length: number;
}

/** A function of a text that is asked for the same few texts over and over, with what it said kept within bounds. */
export class Memo<Value> {
  readonly #of: (text: string) => Value;
  readonly #limits: MemoLimits;
  readonly #known = new Map<string, Value>();

  constructor(limits: MemoLimits, of: (text: string) => Value) {
    this.#limits = limits;
    this.#of = of;
  }

  of(text: string): Value {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const value = this.#of(text);
    if (this.#known.size >= this.#limits.entries) this.#known.clear();
    if (text.length <= this.#limits.length) this.#known.set(text, value);
    return value;
  }

  /** What the function goes by has changed. */
  forget(): void {
    this.#known.clear();
  }
}
