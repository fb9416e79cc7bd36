/** A behaviour: it sends requests when it runs and yields how long it waits (ms) before it goes on. */
export type Script = Generator<number, void, void>;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly script: Script;
}

/** Runs scripts in the order of simulated time; equal times run in the order in which they were added. */
export class Scheduler {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Time of the next script, or `Infinity`. */
  get nextMs(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0]!.atMs;
  }

  add(script: Script, atMs: number): void {
    const entry = { atMs, order: this.#order++, script };
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(entry, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = entry;
  }

  /** Removes the script that is due first. Call only while `size > 0`. */
  take(): Script {
    const heap = this.#heap;
    const first = heap[0]!;
    const moved = heap.pop()!;
    const size = heap.length;
    if (size > 0) {
      let hole = 0;
      for (;;) {
        let child = 2 * hole + 1;
        if (child >= size) break;
        if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (!isBefore(heap[child]!, moved)) break;
        heap[hole] = heap[child]!;
        hole = child;
      }
      heap[hole] = moved;
    }
    return first.script;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
