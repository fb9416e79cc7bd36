import type { Key } from './hash.js';

const SIZE = 65_536;

/**
 * "Is there possibly a row for this key?" in one array read: counters by sixteen bits of the key. Lets the events of
 * everyone who is under no suspicion leave before any table is asked. A counter that is full stays full.
 */
export class Watch {
  readonly #counters = new Uint8Array(SIZE);

  /** @returns the number under which {@link remove} takes the key out again */
  add(key: Readonly<Key>): number {
    const at = key.lo >>> 16;
    if (this.#counters[at]! < 255) this.#counters[at]!++;
    return at;
  }

  remove(at: number): void {
    const count = this.#counters[at]!;
    if (count > 0 && count < 255) this.#counters[at] = count - 1;
  }

  mayHave(key: Readonly<Key>): boolean {
    return this.#counters[key.lo >>> 16] !== 0;
  }

  save(): unknown {
    return this.#counters.slice();
  }

  load(saved: unknown): void {
    this.#counters.set(saved as Uint8Array);
  }
}
