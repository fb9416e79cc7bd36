/** Cuts text that comes in chunks into lines, keeping at most one line of bounded length. */
export class LineSplitter {
  readonly #maxLength: number;
  #rest = '';
  /** Inside a line that is too long: everything up to the next line end is dropped. */
  #skipping = false;
  /** Lines that were dropped. */
  tooLong = 0;

  /** @param maxLength longest line, in UTF-16 units */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The lines that end in this chunk, without their ends. */
  push(chunk: string): string[] {
    const lines = chunk.split('\n');
    if (this.#skipping) {
      if (lines.length === 1) return [];
      lines.shift();
      this.#skipping = false;
    } else lines[0] = this.#rest + lines[0]!;
    this.#rest = lines.pop()!;
    if (this.#rest.length > this.#maxLength) {
      this.#rest = '';
      this.#skipping = true;
      this.tooLong++;
    }
    return lines;
  }

  /** What follows the last line end. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    this.#skipping = false;
    return rest === '' ? [] : [rest];
  }
}
