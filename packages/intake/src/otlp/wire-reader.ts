/** A body that is not valid protobuf: what, and at which byte. */
export class WireError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** How deep groups (a deprecated wire type that OTLP does not use) may nest before skipping them is refused. */
const MAX_GROUP_DEPTH = 32;

/**
 * Reader of the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) that never reads past a limit
 * and never copies. The caller keeps `position` within the message that it reads.
 *
 * @throws {WireError} from every method, where the bytes are not what they say
 */
export class WireReader {
  position = 0;
  /** High half of the last {@link varint64} or {@link fixed64}. */
  high = 0;

  constructor(readonly bytes: Buffer) {}

  /** A varint of up to 32 bits; higher bits are dropped, as protobuf does. */
  varint32(limit: number): number {
    const { bytes } = this;
    let position = this.position;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= limit) throw new WireError('ends inside a number', position);
      const byte = bytes[position++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return value >>> 0;
      }
    }
    throw new WireError('number of more than 10 bytes', this.position);
  }

  /** Low half of a varint of up to 64 bits; the high half is in {@link high}. */
  varint64(limit: number): number {
    const { bytes } = this;
    let position = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (position >= limit) throw new WireError('ends inside a number', position);
      const byte = bytes[position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.position = position;
        this.high = high >>> 0;
        return low >>> 0;
      }
    }
    throw new WireError('number of more than 10 bytes', this.position);
  }

  /** A signed 64-bit varint as a double; exact up to 2⁵³. */
  int64(limit: number): number {
    const low = this.varint64(limit);
    return (this.high | 0) * 4294967296 + low;
  }

  /** Low half of a little-endian 64-bit number; the high half is in {@link high}. */
  fixed64(limit: number): number {
    const at = this.#advance(8, limit);
    this.high = this.bytes.readUInt32LE(at + 4);
    return this.bytes.readUInt32LE(at);
  }

  double(limit: number): number {
    return this.bytes.readDoubleLE(this.#advance(8, limit));
  }

  /** Reads a length and returns where that field ends; `position` is then its first byte. */
  lengthDelimited(limit: number): number {
    const start = this.position;
    const length = this.varint32(limit);
    const end = this.position + length;
    if (end > limit) {
      throw new WireError(`says ${length} bytes, but only ${limit - this.position} are left`, start);
    }
    return end;
  }

  /** Skips the value of a field whose tag was just read. */
  skip(wireType: number, limit: number): void {
    let depth = 0;
    let type = wireType;
    do {
      switch (type) {
        case 0:
          this.varint32(limit);
          break;
        case 1:
          this.#advance(8, limit);
          break;
        case 2:
          this.position = this.lengthDelimited(limit);
          break;
        case 3:
          if (++depth > MAX_GROUP_DEPTH) throw new WireError('groups nested too deeply', this.position);
          break;
        case 4:
          if (--depth < 0) throw new WireError('end of a group that never began', this.position);
          break;
        case 5:
          this.#advance(4, limit);
          break;
        default:
          throw new WireError(`unknown wire type ${type}`, this.position);
      }
      if (depth > 0) type = this.varint32(limit) & 7;
    } while (depth > 0);
  }

  #advance(count: number, limit: number): number {
    const at = this.position;
    if (at + count > limit) throw new WireError(`needs ${count} bytes, but only ${limit - at} are left`, at);
    this.position = at + count;
    return at;
  }
}
