/** Counts a body as it passes and keeps copies of its first bytes. */
export class BodyPrefix {
  /** Bytes seen. */
  bytes = 0;
  #kept: Buffer[] = [];
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
      const textEncoding = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
      this.bytes += Buffer.byteLength(chunk, textEncoding);
      // At least one byte a character, so the slice holds all that can be kept.
      if (this.#room > 0) this.#keep(Buffer.from(chunk.slice(0, this.#room * 2), textEncoding));
    } else if (chunk instanceof Uint8Array) {
      this.bytes += chunk.byteLength;
      // A copy: the service may reuse or wipe its buffer.
      if (this.#room > 0) this.#keep(Buffer.from(chunk.subarray(0, this.#room)));
    }
  }

  /** The kept bytes; they may end within a character. */
  get prefix(): Buffer {
    return this.#kept.length === 1 ? (this.#kept[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#kept);
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#room);
    this.#kept.push(kept);
    this.#room -= kept.length;
  }
}
