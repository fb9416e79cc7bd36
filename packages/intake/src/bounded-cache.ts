/**
 * A map that forgets: at most `2 · capacity` entries in two generations. When the young generation is full it becomes
 * the old one and the old one is dropped; a hit in the old one moves the entry to the young. Nearly as good as
 * least-recently-used at the price of a plain `Map`.
 */
export class BoundedCache<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** Entries held, at most twice the capacity. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** All entries, those that are forgotten first in front. */
  *entries(): Generator<[K, V]> {
    for (const entry of this.#old) if (!this.#young.has(entry[0])) yield entry;
    yield* this.#young;
  }

  /** Removes an entry and returns it. */
  take(key: K): V | undefined {
    const value = this.#young.get(key) ?? this.#old.get(key);
    this.#young.delete(key);
    this.#old.delete(key);
    return value;
  }
}
