/** Wire type of texts, bytes and messages. */
const LENGTH_DELIMITED = 2;
/** Wire type of numbers of eight bytes. */
const FIXED64 = 1;

/**
 * Writes protobuf messages into one buffer that is reused; output is canonical (shortest varints, fields in the
 * order written). For what is written once; spans have an encoder of their own.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoWriter {
  #buffer = Buffer.allocUnsafe(8 * 1024);
  #at = 0;

  /** Starts over; bytes returned before become invalid. */
  reset(): void {
    this.#at = 0;
  }

  /** What was written since the last reset; valid until the next write. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  stringField(field: number, text: string): void {
    // Three bytes a UTF-16 unit at most.
    this.#room(20 + 3 * text.length);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    const length = Buffer.byteLength(text, 'utf8');
    this.#varint(length);
    this.#buffer.write(text, this.#at, length, 'utf8');
    this.#at += length;
  }

  varintField(field: number, value: number): void {
    this.#room(20);
    this.#varint(field * 8);
    this.#varint(value);
  }

  fixed64Field(field: number, value: bigint): void {
    this.#room(20);
    this.#varint(field * 8 + FIXED64);
    this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
  }

  doubleField(field: number, value: number): void {
    this.#room(20);
    this.#varint(field * 8 + FIXED64);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** Tag and length of a field whose content is written elsewhere. */
  lengthPrefix(field: number, length: number): void {
    this.#room(20);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    this.#varint(length);
  }

  /** A message field whose content `write` writes. */
  message(field: number, write: () => void): void {
    this.#room(20);
    this.#varint(field * 8 + LENGTH_DELIMITED);
    const lengthAt = this.#at;
    this.#at++;
    write();
    const length = this.#at - lengthAt - 1;
    if (length < 0x80) {
      this.#buffer[lengthAt] = length;
      return;
    }
    const extra = varintSize(length) - 1;
    this.#room(extra);
    this.#buffer.copyWithin(lengthAt + 1 + extra, lengthAt + 1, this.#at);
    const end = this.#at + extra;
    this.#at = lengthAt;
    this.#varint(length);
    this.#at = end;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

/** Bytes that a varint takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
