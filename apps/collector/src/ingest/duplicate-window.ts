/** Outcome of the batch in which a request event was first seen: resolves once it is durable, rejects if it was not stored. */
export type Commit = Promise<void>;

/**
 * Recognises request events that a sender repeats because it did not see our answer.
 *
 * Keys live in two generations that swap every `spanMs`, so each is remembered for at least `spanMs` and at most twice
 * as long. Senders retry for a minute or two (OpenTelemetry's exporters stop after 64 s); ten minutes leave room for a
 * collector that was down in between. `maxKeys` bounds memory under a flood: the generations then swap earlier.
 */
export class DuplicateWindow {
  #current = new Map<string, Commit | null>();
  #previous = new Map<string, Commit | null>();
  #rotatedAtMs: number;
  readonly #spanMs: number;
  readonly #maxKeys: number;

  constructor(options: { nowMs: number; spanMs?: number; maxKeys?: number }) {
    this.#rotatedAtMs = options.nowMs;
    this.#spanMs = options.spanMs ?? 10 * 60_000;
    this.#maxKeys = options.maxKeys ?? 1_000_000;
  }

  /** @returns `undefined` when the key is new, `null` when its event is durable, or the commit that will tell */
  find(key: string): Commit | null | undefined {
    const found = this.#current.get(key);
    return found === undefined ? this.#previous.get(key) : found;
  }

  /** Remembers a key whose event is being stored. */
  add(key: string, commit: Commit, nowMs: number): void {
    this.#rotate(nowMs);
    this.#current.set(key, commit);
  }

  /** Remembers keys whose events are durable: after their commit, or read from storage after a restart. */
  settle(keys: Iterable<string>, nowMs: number): void {
    this.#rotate(nowMs);
    for (const key of keys) {
      if (this.#previous.has(key)) this.#previous.set(key, null);
      else this.#current.set(key, null);
    }
  }

  /** Forgets keys whose events could not be stored, so that the sender's next try is new again. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#current.delete(key);
      this.#previous.delete(key);
    }
  }

  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  #rotate(nowMs: number): void {
    if (nowMs - this.#rotatedAtMs < this.#spanMs && this.#current.size < this.#maxKeys) return;
    this.#previous = this.#current;
    this.#current = new Map();
    this.#rotatedAtMs = nowMs;
  }
}
