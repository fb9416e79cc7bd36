/** Counts a body as it passes and keeps its first bytes. */
export class BodyPrefix {
  /** Bytes seen. */
  bytes = 0;
  /** Pieces that are kept; texts stay texts, which cost nothing to keep. */
  #kept: (string | Buffer)[] | undefined;
  #room: number;

  /** @param limitBytes bytes to keep at most */
  constructor(limitBytes: number) {
    this.#room = limitBytes;
  }

  /** Changes the limit before the first chunk. */
  limit(limitBytes: number): void {
    this.#room = limitBytes;
  }

  /** Takes what a stream's `push`, `write` or `end` was given; anything but text and bytes is ignored. */
  add(chunk: unknown, encoding?: unknown): void {
    if (typeof chunk === 'string') {
      if (encoding === undefined || typeof encoding !== 'string' || isUtf8(encoding) || !Buffer.isEncoding(encoding)) {
        this.bytes += Buffer.byteLength(chunk);
        if (this.#room > 0) this.#keepText(chunk);
        return;
      }
      this.bytes += Buffer.byteLength(chunk, encoding);
      // At least one byte for two characters, so the slice holds all that can be kept.
      if (this.#room > 0) this.#keep(Buffer.from(chunk.slice(0, this.#room * 2), encoding));
    } else if (chunk instanceof Uint8Array) {
      this.bytes += chunk.byteLength;
      // A copy: the service may reuse or wipe its buffer.
      if (this.#room > 0) this.#keep(Buffer.from(chunk.subarray(0, this.#room)));
    }
  }

  get isEmpty(): boolean {
    return this.#kept === undefined;
  }

  /** The kept bytes; they may end within a character. */
  get prefix(): Buffer {
    if (this.#kept === undefined) return Buffer.alloc(0);
    return Buffer.concat(this.#kept.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  }

  /** The kept bytes, read as UTF-8. */
  get text(): string {
    const [first, ...others] = this.#kept ?? [];
    if (others.length > 0) return this.prefix.toString('utf8');
    return typeof first === 'string' ? first : (first?.toString('utf8') ?? '');
  }

  #keepText(chunk: string): void {
    if (Buffer.byteLength(chunk) <= this.#room) {
      this.#kept ??= [];
      this.#kept.push(chunk);
      this.#room -= Buffer.byteLength(chunk);
    } else this.#keep(Buffer.from(chunk.slice(0, this.#room)));
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#room);
    this.#kept ??= [];
    this.#kept.push(kept);
    this.#room -= kept.length;
  }
}

function isUtf8(encoding: string): boolean {
  return encoding === 'utf8' || encoding === 'utf-8';
}
