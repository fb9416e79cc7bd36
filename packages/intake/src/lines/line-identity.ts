/** Ids for a log line, which has none of its own. */
export interface LineIdentity {
  /** 32 hex characters. */
  readonly traceId: string;
  /** 16 hex characters. */
  readonly spanId: string;
}

/**
 * Derives ids from a line's text and number, so that reading a file again gives the same events. Four lanes of FNV-1a
 * (Fowler, Noll, Vo) with different offsets, mixed as in MurmurHash3: enough to keep apart lines of honest logs; two
 * lines of one file always differ by their number.
 */
export function lineIdentity(line: string, lineNumber: number): LineIdentity {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  let c = 0x85ebca6b;
  let d = 0xc2b2ae35;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) ^ (b >>> 13);
    c = Math.imul(c ^ code, 0x5bd1e995);
    d = Math.imul(d ^ code, 0x2c1b3c6d) ^ (d >>> 11);
  }
  const traceId = hex(mix(a)) + hex(mix(b)) + hex(mix(c)) + hex(mix(d ^ line.length));
  return { traceId, spanId: hex(mix(a ^ d) | 1) + hex(lineNumber >>> 0) };
}

function mix(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const BYTES = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, '0'));

function hex(value: number): string {
  const word = value >>> 0;
  return BYTES[word >>> 16]! + BYTES[word & 0xffff]!;
}
