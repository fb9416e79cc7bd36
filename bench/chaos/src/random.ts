/** Chance that a seed repeats. */
export interface Random {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** Whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  isTrue(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** `bytes` random bytes as hexadecimal text. */
  hex(bytes: number): string;
}

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    isTrue: (probability) => next() < probability,
    pick: (from) => from[between(0, from.length - 1)]!,
    hex: (bytes) => Array.from({ length: bytes }, () => between(0, 255).toString(16).padStart(2, '0')).join(''),
  };
}
