import type { FaultGuard } from '../fault-guard.js';
import { postSpans, type Sending } from './post-spans.js';
import type { Spool } from './spool.js';

/** Sends what lies in the spool, one batch after the other, as long as the collector takes it. */
export class SpoolSender {
  readonly #spool: Spool;
  readonly #sending: Sending;
  readonly #guard: FaultGuard;
  #isSending = false;
  #delivered = 0;
  #rejected = 0;

  constructor(spool: Spool, sending: Sending, guard: FaultGuard) {
    this.#spool = spool;
    this.#sending = sending;
    this.#guard = guard;
  }

  /** Spans of the spool that the collector has acknowledged. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Spans of the spool that the collector refused for good. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Looks into the spool, unless it is being sent already. */
  start(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    void this.#sendAll()
      .catch((fault) => this.#guard.count(fault))
      .finally(() => {
        this.#isSending = false;
      });
  }

  async #sendAll(): Promise<void> {
    for (let batch = this.#spool.claim(); batch; batch = this.#spool.claim()) {
      const receipt = await postSpans(batch.body, this.#sending);
      if (receipt.kind === 'kept') {
        this.#spool.release(batch);
        return;
      }
      this.#spool.remove(batch);
      const rejected = receipt.kind === 'taken' ? receipt.rejected : batch.spans;
      this.#rejected += rejected;
      this.#delivered += batch.spans - rejected;
    }
  }
}
