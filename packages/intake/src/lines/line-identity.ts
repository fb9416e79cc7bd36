/** Ids for a log line, which has none of its own. */
export interface LineIdentity {
  /** 32 hex characters. */
  readonly traceId: string;
  /** 16 hex characters. */
  readonly spanId: string;
}

const SEED_A = 0x9747b28c | 0;
const SEED_B = 0x9e3779b9 | 0;

/**
 * Derives ids from a line's text and number, so that reading a file again gives the same events. Two lanes as in
 * MurmurHash3's 32-bit variant (with other constants in the second), four characters a step: enough to keep apart lines
 * of honest logs; two lines of one file always differ by their number.
 */
export function lineIdentity(line: string, lineNumber: number): LineIdentity {
  let a = SEED_A;
  let b = SEED_B;
  const { length } = line;
  const whole = length - (length % 4);
  let i = 0;
  for (; i < whole; i += 4) {
    const word =
      line.charCodeAt(i) |
      (line.charCodeAt(i + 1) << 8) |
      (line.charCodeAt(i + 2) << 16) |
      (line.charCodeAt(i + 3) << 24);
    a = stepA(a, word);
    b = stepB(b, word, a);
  }
  for (; i < length; i++) {
    a = endA(a, line.charCodeAt(i));
    b = endB(b, line.charCodeAt(i), a);
  }
  return identity(a, b, { length, lineNumber });
}

/**
 * The same for a line that is still bytes, `[start, end)` of what `view` shows, where it is plain: printable ASCII
 * without a backslash. Four bytes are looked at together.
 *
 * @returns `undefined` where the line is not plain
 */
export function plainLineIdentity(
  view: DataView,
  start: number,
  end: number,
  lineNumber: number,
): LineIdentity | undefined {
  let a = SEED_A;
  let b = SEED_B;
  let odd = 0;
  const length = end - start;
  const whole = end - (length % 4);
  let i = start;
  for (; i < whole; i += 4) {
    const word = view.getInt32(i, true);
    const slash = word ^ 0x5c5c5c5c;
    // Sets the highest bit of a byte that is not ASCII, below a space or a backslash (the classic test for a zero byte).
    odd |= word | ((word - 0x20202020) & ~word) | ((slash - 0x01010101) & ~slash);
    a = stepA(a, word);
    b = stepB(b, word, a);
  }
  if ((odd & 0x80808080) !== 0) return undefined;
  for (; i < end; i++) {
    const code = view.getUint8(i);
    if (code < 32 || code > 127 || code === 92) return undefined;
    a = endA(a, code);
    b = endB(b, code, a);
  }
  return identity(a, b, { length, lineNumber });
}

function stepA(a: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const mixed = a ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function stepB(b: number, word: number, a: number): number {
  const l = Math.imul(word, 0x239b961b);
  const mixed = b ^ Math.imul((l << 16) | (l >>> 16), 0xab0e9789);
  return (Math.imul((mixed << 17) | (mixed >>> 15), 5) + 0x561ccd1b + a) | 0;
}

function endA(a: number, code: number): number {
  return Math.imul(a ^ code, 0x01000193);
}

function endB(b: number, code: number, a: number): number {
  return Math.imul(b ^ code, 0x85ebca6b) ^ (a >>> 15);
}

function identity(a: number, b: number, line: { readonly length: number; readonly lineNumber: number }): LineIdentity {
  words.setUint32(0, mix(a));
  words.setUint32(4, mix(b));
  words.setUint32(8, mix(a + b));
  words.setUint32(12, mix(b ^ line.length));
  words.setUint32(16, mix(a ^ b) | 1);
  words.setUint32(20, line.lineNumber);
  const text = scratch.toString('hex', 0, 24);
  return { traceId: text.slice(0, 32), spanId: text.slice(32) };
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
