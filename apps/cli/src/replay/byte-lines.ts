/** Takes one line, the bytes `[start, end)` of `bytes`, without its end. They are only good during the call. */
export type TakeLine = (bytes: Buffer, start: number, end: number) => void;

const NEWLINE = 10;

/** Takes note of a line that is too long; called in its turn among the others. */
export type DropLine = () => void;

/** Cuts bytes that come in chunks into lines, keeping at most one line of bounded length. */
export class ByteLines {
  readonly #maxBytes: number;
  readonly #take: TakeLine;
  readonly #drop: DropLine;
  /** Beginning of a line whose end is still to come. */
  #parts: Buffer[] = [];
  #length = 0;
  /** Inside a line that is too long: everything up to the next line end is dropped. */
  #skipping = false;

  /** @param maxBytes longest line */
  constructor(maxBytes: number, take: TakeLine, drop: DropLine) {
    this.#maxBytes = maxBytes;
    this.#take = take;
    this.#drop = drop;
  }

  /** Passes on the lines that end in this chunk. The chunk is not used after the call. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#skipping) this.#skipping = false;
      else if (this.#length > 0) {
        this.#keep(chunk.subarray(start, end));
        this.#flush();
      } else if (end - start > this.#maxBytes) this.#drop();
      else this.#take(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length && !this.#skipping) this.#keep(Buffer.from(chunk.subarray(start)));
  }

  /** Passes on what follows the last line end. */
  end(): void {
    this.#flush();
    this.#skipping = false;
  }

  #keep(part: Buffer): void {
    if (this.#length + part.length > this.#maxBytes) {
      this.#parts = [];
      this.#length = 0;
      this.#skipping = true;
      this.#drop();
      return;
    }
    this.#parts.push(part);
    this.#length += part.length;
  }

  #flush(): void {
    if (this.#length > 0) this.#take(Buffer.concat(this.#parts), 0, this.#length);
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
  }
}
