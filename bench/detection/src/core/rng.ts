/**
 * Seeded pseudo-random numbers: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, period of about 2^127.
 * The simulator takes randomness from nowhere else, so a seed names a data set.
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string | number) {
    const text = String(seed);
    this.#a = hash32(text, 0x9e3779b9);
    this.#b = hash32(text, 0x85ebca6b);
    this.#c = hash32(text, 0xc2b2ae35);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** A generator of its own, so that one part's draws do not shift another's. */
  fork(label: string): Rng {
    return new Rng(`${this.uint32()}/${label}`);
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform integer in [0, n). */
  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** Uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  /** Uniform real in [low, high). */
  uniform(low: number, high: number): number {
    return low + this.float() * (high - low);
  }

  /** Log-uniform real in [low, high): the scale on which attack strengths are spread. */
  logUniform(low: number, high: number): number {
    return low * Math.exp(this.float() * Math.log(high / low));
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** Exponential with the given mean: gaps of a Poisson process. */
  exponential(mean: number): number {
    return -Math.log(1 - this.float()) * mean;
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.float())) * Math.cos(2 * Math.PI * this.float());
  }

  /** Log-normal with the given median; `sigma` is on the log scale. Human think times and body sizes are close to it. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Geometric count with the given mean, at least 1. */
  count(mean: number): number {
    return 1 + Math.floor(Math.log(1 - this.float()) / Math.log(1 - 1 / Math.max(mean, 1.000001)));
  }

  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
    return items;
  }

  /** `length` must be a multiple of 8. */
  hex(length: number): string {
    let out = '';
    for (let i = 0; i < length; i += 8) out += hex8(this.uint32());
    return out;
  }
}

const HEX_BYTES = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Eight lower-case hex characters of an unsigned 32-bit integer. */
export function hex8(value: number): string {
  return (
    HEX_BYTES[value >>> 24]! +
    HEX_BYTES[(value >>> 16) & 255]! +
    HEX_BYTES[(value >>> 8) & 255]! +
    HEX_BYTES[value & 255]!
  );
}

/** FNV-1a over UTF-16 units with MurmurHash3's finish: stable names for things, not a keyed hash. */
export function hash32(text: string, seed = 0): number {
  let hash = 2166136261 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Sixteen hex characters that stand for a value, in the form of the agent's keyed pseudonyms. */
export function simulatedPseudonym(value: string): string {
  return hex8(hash32(value, 0x1b873593)) + hex8(hash32(value, 0x2545f491));
}
