import { randomBytes } from 'node:crypto';
import { type Body, PLACES } from './span-writer.js';

/** Trace id and span id of the next span. */
const ids = randomBytes(24);
const words = new Uint32Array(6);
const wordBytes = Buffer.from(words.buffer);
let state = ids.readUInt32LE(0);

/**
 * Gives every span of a body ids that were never used before, and times as if its request had ended within the last
 * `spreadMs`.
 */
export function renew(body: Body, nowMs: number, spreadMs: number): void {
  const { bytes, places, durations } = body;
  for (let i = 0; i < durations.length; i++) {
    for (let word = 0; word < words.length; word++) words[word] = next();
    const endMs = nowMs - (words[0]! % spreadMs);
    const startMs = endMs - durations[i]!;
    const at = i * PLACES;
    if (body.kind === 'protobuf') {
      wordBytes.copy(bytes, places[at], 0, 16);
      wordBytes.copy(bytes, places[at + 1], 16, 24);
      writeNanos(bytes, startMs, places[at + 2]!);
      writeNanos(bytes, endMs, places[at + 3]!);
    } else {
      const hex = wordBytes.toString('hex');
      bytes.write(hex.slice(0, 32), places[at]!, 'latin1');
      bytes.write(hex.slice(32), places[at + 1]!, 'latin1');
      bytes.write(`${Math.floor(startMs)}000000`, places[at + 2]!, 'latin1');
      bytes.write(`${Math.floor(endMs)}000000`, places[at + 3]!, 'latin1');
    }
  }
}

/** Unix ms as 64-bit nanoseconds, in two halves without leaving the exact integers: 2³² ns are 4294.967296 ms. */
function writeNanos(bytes: Buffer, ms: number, at: number): void {
  const micros = Math.floor(ms * 1000);
  let high = Math.floor(micros / 4_294_967.296);
  let low = Math.round((micros - high * 4_294_967.296) * 1000);
  if (low >= 2 ** 32) {
    low -= 2 ** 32;
    high++;
  }
  bytes.writeUInt32LE(low, at);
  bytes.writeUInt32LE(high, at + 4);
}

/** mulberry32: every state comes once in 2³² steps, so that six in a row do not come again. */
function next(): number {
  state = (state + 0x6d2b79f5) | 0;
  let value = Math.imul(state ^ (state >>> 15), 1 | state);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return (value ^ (value >>> 14)) >>> 0;
}
