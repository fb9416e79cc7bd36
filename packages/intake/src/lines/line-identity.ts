/** Ids for a log line, which has none of its own. */
export interface LineIdentity {
  /** 32 hex characters. */
  readonly traceId: string;
  /** 16 hex characters. */
  readonly spanId: string;
}

/**
 * Derives ids from a line's text and number, so that reading a file again gives the same events. Two lanes as in
 * MurmurHash3's 32-bit variant (with other constants in the second), four characters a step: enough to keep apart lines
 * of honest logs; two lines of one file always differ by their number.
 */
export function lineIdentity(line: string, lineNumber: number): LineIdentity {
  let a = 0x9747b28c;
  let b = 0x9e3779b9;
  const { length } = line;
  const whole = length - (length % 4);
  let i = 0;
  for (; i < whole; i += 4) {
    const word =
      line.charCodeAt(i) |
      (line.charCodeAt(i + 1) << 8) |
      (line.charCodeAt(i + 2) << 16) |
      (line.charCodeAt(i + 3) << 24);
    const k = Math.imul(word, 0xcc9e2d51);
    a ^= Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    const l = Math.imul(word, 0x239b961b);
    b ^= Math.imul((l << 16) | (l >>> 16), 0xab0e9789);
    b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x561ccd1b + a) | 0;
  }
  for (; i < length; i++) {
    a = Math.imul(a ^ line.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ line.charCodeAt(i), 0x85ebca6b) ^ (a >>> 15);
  }
  words.setUint32(0, mix(a));
  words.setUint32(4, mix(b));
  words.setUint32(8, mix(a + b));
  words.setUint32(12, mix(b ^ length));
  words.setUint32(16, mix(a ^ b) | 1);
  words.setUint32(20, lineNumber);
  return { traceId: scratch.toString('hex', 0, 16), spanId: scratch.toString('hex', 16, 24) };
}

const scratch = Buffer.alloc(24);
const words = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

function mix(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
