import { encodeText } from '../text.js';

/** A buffer that was needed once for something huge is not kept, bytes. */
const KEPT_BYTES = 4 * 1024 ** 2;
const INITIAL_BYTES = 256 * 1024;
/** The longest that any write of a number takes, and the length before a string. */
const MAX_NUMBER_BYTES = 8;
/** Of one UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;
/** Up to this length a loop over the characters beats the call into Node. */
const LOOP_LENGTH = 48;

const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/**
 * Writes ClickHouse's RowBinary format: values one after the other without separators, numbers little endian, the length
 * before a string or array as LEB128. The engine reads it at a third of the price of its text formats.
 *
 * One writer is used again and again, so that its memory is warm.
 */
export class RowBinaryWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #length = 0;

  /** What was written since the last call, as a copy; the writer is empty then. */
  take(): Buffer {
    const written = Buffer.allocUnsafeSlow(this.#length);
    this.#buffer.copy(written, 0, 0, this.#length);
    this.clear();
    return written;
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#resize(INITIAL_BYTES);
  }

  uint8(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    this.#buffer[this.#length++] = value;
  }

  uint16(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  uint32(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** @param value a safe integer; a negative one is written as Int64 */
  int64(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    const high = Math.floor(value / 2 ** 32);
    this.#view.setUint32(this.#length, value - high * 2 ** 32, true);
    this.#view.setInt32(this.#length + 4, high, true);
    this.#length += 8;
  }

  float64(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Elements before an array or entries before a map, or bytes before a string; below 2^31. */
  size(value: number): void {
    this.#reserve(MAX_NUMBER_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  /** A FixedString given as lower-case hexadecimal digits; writes nothing and answers false for anything else. */
  hex(digits: string, bytes: number): boolean {
    if (digits.length !== 2 * bytes) return false;
    this.#reserve(bytes);
    const buffer = this.#buffer;
    let at = this.#length;
    let all = 0;
    for (let i = 0; i < digits.length; i += 2) {
      const high = digitOf(digits.charCodeAt(i));
      const low = digitOf(digits.charCodeAt(i + 1));
      all |= high | low;
      buffer[at++] = (high << 4) | low;
    }
    if (all < 0) return false;
    this.#length = at;
    return true;
  }

  /** A String, to the last code unit (see {@link encodeText}). */
  text(text: string): void {
    const { length } = text;
    this.#reserve(MAX_NUMBER_BYTES + length * MAX_UTF8_BYTES);
    if (length <= LOOP_LENGTH) {
      if (!this.#writeAsciiLoop(text)) this.#writeAnyText(text);
    } else if (!this.#writeAscii(text)) this.#writeAnyText(text);
  }

  #writeAsciiLoop(text: string): boolean {
    const buffer = this.#buffer;
    const { length } = text;
    let at = this.#length;
    buffer[at++] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      buffer[at++] = code;
    }
    this.#length = at;
    return true;
  }

  /** As many bytes as characters means that it was ASCII, in which nothing needs an escape. */
  #writeAscii(text: string): boolean {
    const start = this.#length;
    this.size(text.length);
    const written = this.#buffer.write(text, this.#length, 'utf8');
    if (written !== text.length) {
      this.#length = start;
      return false;
    }
    this.#length += written;
    return true;
  }

  #writeAnyText(text: string): void {
    const escaped = encodeText(text);
    const bytes = Buffer.byteLength(escaped);
    this.size(bytes);
    this.#reserve(bytes);
    this.#length += this.#buffer.write(escaped, this.#length, 'utf8');
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) this.#resize(Math.max(needed, 2 * this.#buffer.length));
  }

  #resize(bytes: number): void {
    const resized = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(resized, 0, 0, this.#length);
    this.#buffer = resized;
    this.#view = new DataView(resized.buffer);
  }
}

function digitOf(code: number): number {
  return code < 128 ? DIGITS[code]! : -1;
}
