import { VedetteError } from '@vedette/protocol';

/** Work goes on for about this long before sockets, timers and promises have their turn, ms. */
const BUDGET_MS = 8;
/** Bodies that may wait for their turn; at full speed on one core they are some three seconds of work. */
const MAX_WAITING = 512;

type Job = () => void;

/**
 * Shares the event loop out: work runs in the order in which it came, but never for longer than a few milliseconds at a
 * stretch, so that a burst of bodies does not hold up streams, timers and other senders. What was begun (events that are
 * durable and wait for scoring) comes before what is new.
 */
export class Turns {
  readonly #begun = new Fifo<Job>();
  readonly #fresh = new Fifo<Job>();
  readonly #maxWaiting: number;
  #isScheduled = false;

  constructor(options: { readonly maxWaiting?: number } = {}) {
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /**
   * Runs a piece of new work, which should take a few milliseconds at most.
   *
   * @throws what `work` throws; VedetteError `VDT_INGEST_BUSY` when too much waits already
   */
  run<Result>(work: () => Result): Promise<Result> {
    if (this.#fresh.size >= this.#maxWaiting) {
      return Promise.reject(new VedetteError('VDT_INGEST_BUSY', `${this.#fresh.size} bodies wait to be read already`));
    }
    return this.#enter(this.#fresh, work);
  }

  /** Runs a further piece of work that was begun, before all that is new. */
  goOn<Result>(work: () => Result): Promise<Result> {
    return this.#enter(this.#begun, work);
  }

  #enter<Result>(queue: Fifo<Job>, work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      queue.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      if (!this.#isScheduled) {
        this.#isScheduled = true;
        setImmediate(this.#pump);
      }
    });
  }

  readonly #pump = (): void => {
    const endMs = performance.now() + BUDGET_MS;
    do (this.#begun.shift() ?? this.#fresh.shift())?.();
    while (this.#begun.size + this.#fresh.size > 0 && performance.now() < endMs);
    this.#isScheduled = this.#begun.size + this.#fresh.size > 0;
    if (this.#isScheduled) setImmediate(this.#pump);
  };
}

/** A queue whose `shift` does not move what stays. */
class Fifo<Item> {
  #items: Item[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
