import type { FaultGuard } from '../fault-guard.js';
import type { Log } from '../log.js';
import type { SpanHead, SpanSink } from '../span-record.js';
import { CollectorWatch, type RetryTiming } from './collector-watch.js';
import { printable, readKey } from './judge-reply.js';
import { postSpans, type Receipt, type Sending } from './post-spans.js';
import type { Batch, SpanQueue } from './span-queue.js';
import type { Reply } from './transport.js';

/** Intervals of the exporter, ms; fixed except in tests. */
export interface ExportTiming extends RetryTiming {
  /** How long the first span of a batch waits for company. */
  readonly lingerMs: number;
}

/** Spans are sent within 200 ms; the difference is for the event loop, compression and the way. */
export const DEFAULT_TIMING: ExportTiming = {
  lingerMs: 120,
  firstRetryMs: 250,
  lastRetryMs: 10_000,
  refusedRetryMs: 30_000,
};

/** Requests under way at once; one alone while the collector is in trouble. */
const MAX_UNDER_WAY = 4;

export interface ExporterOptions extends Sending {
  readonly queue: SpanQueue;
  readonly log: Log;
  readonly guard: FaultGuard;
  /** Where the collector is, for warnings. */
  readonly collectorUrl: string;
  readonly timing: ExportTiming;
  /** The collector takes spans again. */
  readonly onRecovered: () => void;
}

/**
 * Sends what the queue holds: a batch when it is full or its first span has waited long enough; again, byte for byte
 * the same, until the collector has it. The pseudonym key is fetched first where it was not given.
 *
 * Runs in timers and promises of the service's event loop: whatever is called from there is guarded, so that no fault
 * becomes an uncaught exception or an unhandled rejection of the service. Sending goes on when capture is off.
 */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #collector: CollectorWatch;
  #timer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #partialDue = false;
  #underWay = 0;
  #fetchingKey = false;
  #delivered = 0;
  #rejected = 0;
  readonly #watchers = new Set<() => void>();

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#collector = new CollectorWatch(options.log, options.collectorUrl, options.timing);
  }

  /** Spans that the collector has acknowledged. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Spans that the collector refused for good. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Whether the last word from the collector was trouble, or none came. */
  get troubled(): boolean {
    return this.#collector.troubled;
  }

  /** Starts a span. @returns where its attributes go; {@link end} or {@link abandon} must follow */
  begin(head: SpanHead): SpanSink {
    return this.#options.queue.begin(head);
  }

  /** The span that was begun is complete: it is sent when its batch is full or has waited long enough. */
  end(): void {
    const { queue, timing, guard } = this.#options;
    queue.end();
    if (queue.hasFullBatch) this.#pump();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      guard.always(() => this.#sendPartial());
    }, timing.lingerMs).unref();
  }

  /** The span that was begun is given up. */
  abandon(): void {
    this.#options.queue.abandon();
  }

  /**
   * Sends all that waits now.
   *
   * @param timeoutMs how long to keep trying; the process stays alive meanwhile
   * @returns whether everything was delivered; never rejects
   */
  async flush(timeoutMs: number): Promise<boolean> {
    try {
      return this.#options.queue.spans === 0 || (await this.#emptied(timeoutMs));
    } catch (fault) {
      this.#options.guard.count(fault);
      return false;
    }
  }

  #emptied(timeoutMs: number): Promise<boolean> {
    const { queue, guard } = this.#options;
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(deadline);
        this.#watchers.delete(check);
        resolve(queue.spans === 0);
      };
      const check = (): void => {
        if (queue.spans === 0 || this.#retryTimer) finish();
        else this.#partialDue = true;
      };
      const deadline = setTimeout(() => guard.always(finish), timeoutMs);
      this.#watchers.add(check);
      this.#stopWaiting();
      this.#partialDue = true;
      this.#pump();
    });
  }

  /** Ends a wait between attempts, for one last attempt. */
  #stopWaiting(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  #sendPartial(): void {
    this.#partialDue = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#retryTimer) return;
    const { queue, guard } = this.#options;
    if (!queue.hasKey) {
      void this.#fetchKey().catch((fault) => guard.count(fault));
      return;
    }
    const limit = this.#collector.troubled ? 1 : MAX_UNDER_WAY;
    // A batch that fails at once starts the wait within this loop.
    while (!this.#retryTimer && this.#underWay < limit) {
      const batch = queue.take(this.#partialDue);
      if (!batch) {
        this.#partialDue = false;
        return;
      }
      void this.#send(batch).catch((fault) => guard.count(fault));
    }
  }

  async #send(batch: Batch): Promise<void> {
    const { guard } = this.#options;
    this.#underWay++;
    try {
      this.#settle(batch, await postSpans(batch.body, this.#options));
    } catch (fault) {
      guard.count(fault);
      guard.always(() => this.#options.queue.giveBack(batch));
      this.#waitBeforeRetry(this.#collector.faulted());
    }
    this.#underWay--;
    this.#proceed();
  }

  /** After an answer: whoever waits for it is told, and what waits is sent. */
  #proceed(): void {
    const { guard } = this.#options;
    for (const watcher of this.#watchers) guard.always(watcher);
    guard.always(() => this.#pump());
  }

  #settle(batch: Batch, receipt: Receipt): void {
    const { queue, log, collectorUrl, onRecovered } = this.#options;
    if (receipt.kind === 'kept') {
      queue.giveBack(batch);
      this.#trouble(receipt.reply);
      return;
    }
    queue.settle(batch);
    const rejected = receipt.kind === 'refused' ? batch.spans : receipt.rejected;
    this.#rejected += rejected;
    this.#delivered += batch.spans - rejected;
    if (receipt.kind === 'refused') {
      log.warnOnce(
        'VDT_AGENT_REFUSED',
        `the collector at ${collectorUrl} refused a batch with status ${receipt.status}: ${printable(receipt.message)}; its ${batch.spans} spans are dropped`,
      );
    } else if (rejected > 0) {
      log.warnOnce(
        'VDT_AGENT_REJECTED',
        `the collector rejected ${rejected} of ${batch.spans} spans: ${printable(receipt.message)}`,
      );
    }
    if (this.#collector.wentWell(queue.dropped)) onRecovered();
  }

  async #fetchKey(): Promise<void> {
    if (this.#fetchingKey) return;
    this.#fetchingKey = true;
    try {
      const reply = await this.#options.transport.call({ method: 'GET', path: '/v1/agent/config' });
      const key = reply.kind === 'answered' && reply.status === 200 ? readKey(reply.body) : undefined;
      if (key === undefined) this.#trouble(reply);
      else {
        this.#options.queue.useKey(key);
        this.#partialDue = true;
      }
    } catch (fault) {
      this.#options.guard.count(fault);
      this.#waitBeforeRetry(this.#collector.faulted());
    }
    this.#fetchingKey = false;
    this.#proceed();
  }

  #trouble(reply: Reply): void {
    // Several batches under way fail together; that is one failure.
    if (this.#retryTimer) return;
    this.#waitBeforeRetry(this.#collector.wentWrong(reply));
  }

  #waitBeforeRetry(waitMs: number): void {
    const { guard } = this.#options;
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      guard.always(() => this.#sendPartial());
    }, waitMs).unref();
  }
}
