import type { Log } from '../log.js';
import { type Backoff, createBackoff } from './backoff.js';
import { describeReply } from './judge-reply.js';
import type { Reply } from './transport.js';

/** Waits after failures, ms. */
export interface RetryTiming {
  /** First and longest wait after a failure. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Wait after the token was refused, which only a person can mend. */
  readonly refusedRetryMs: number;
}

/** What the collector last said: whether it is in trouble, how long to leave it alone, and the lines that tell of it. */
export class CollectorWatch {
  readonly #log: Log;
  readonly #collectorUrl: string;
  readonly #timing: RetryTiming;
  readonly #backoff: Backoff;
  #troubled = false;
  #reportedDrops = 0;

  /** @param collectorUrl where the collector is, for warnings */
  constructor(log: Log, collectorUrl: string, timing: RetryTiming) {
    this.#log = log;
    this.#collectorUrl = collectorUrl;
    this.#timing = timing;
    this.#backoff = createBackoff(timing.firstRetryMs, timing.lastRetryMs);
  }

  /** Whether the last word from the collector was trouble, or none came. */
  get troubled(): boolean {
    return this.#troubled;
  }

  /**
   * The collector took something.
   *
   * @param dropped spans dropped since the start, reported where some were meanwhile
   * @returns whether it was in trouble until now
   */
  wentWell(dropped: number): boolean {
    this.#backoff.reset();
    if (!this.#troubled) return false;
    this.#troubled = false;
    this.#log.forget('VDT_AGENT_COLLECTOR');
    this.#log.forget('VDT_AGENT_UNAUTHORIZED');
    const meanwhile = dropped - this.#reportedDrops;
    this.#reportedDrops = dropped;
    if (meanwhile === 0) return true;
    this.#log.forget('VDT_AGENT_DROPPED');
    this.#log.warnOnce(
      'VDT_AGENT_DROPPED',
      `the collector is back; ${meanwhile} spans were dropped meanwhile. A larger VEDETTE_QUEUE_BYTES, or VEDETTE_SPOOL, would keep more`,
    );
    return true;
  }

  /** The collector did not take something. @returns how long to leave it alone, ms */
  wentWrong(reply: Reply): number {
    this.#troubled = true;
    const unauthorized = reply.kind === 'answered' && (reply.status === 401 || reply.status === 403);
    if (unauthorized) {
      this.#log.warnOnce(
        'VDT_AGENT_UNAUTHORIZED',
        `the collector at ${this.#collectorUrl} refused the token with status ${reply.status}: set VEDETTE_TOKEN to a valid ingest token. Spans wait meanwhile`,
      );
    } else {
      this.#log.warnOnce(
        'VDT_AGENT_COLLECTOR',
        `the collector at ${this.#collectorUrl} cannot be used (${describeReply(reply)}): check VEDETTE_URL and that it runs. The service is not affected; spans wait and are sent when it is back`,
      );
    }
    const waitMs = unauthorized ? this.#timing.refusedRetryMs : this.#backoff.next();
    const askedMs = reply.kind === 'answered' ? (reply.retryAfterMs ?? 0) : 0;
    return Math.max(waitMs, askedMs);
  }

  /** A fault of the agent's own kept it from sending. @returns how long to wait before it tries again, ms */
  faulted(): number {
    return this.#backoff.next();
  }
}
