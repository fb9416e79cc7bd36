import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '../log.js';
import type { SpanHead, SpanSink } from '../span-record.js';
import { type Backoff, createBackoff } from './backoff.js';
import { describeReply, isAccepted, isFinal, printable, readKey } from './judge-reply.js';
import { readPartialSuccess } from './partial-success.js';
import type { Batch, SpanQueue } from './span-queue.js';
import type { Reply, Transport } from './transport.js';

const compress = promisify(gzip);

/** Intervals of the exporter, ms; fixed except in tests. */
export interface ExportTiming {
  /** How long the first span of a batch waits for company. */
  readonly lingerMs: number;
  /** First and longest wait after a failure. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Wait after the token was refused, which only a person can mend. */
  readonly refusedRetryMs: number;
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
/** Smaller bodies are sent as they are, bytes. */
const MIN_COMPRESSED_BYTES = 1024;

export interface ExporterOptions {
  readonly queue: SpanQueue;
  readonly transport: Transport;
  readonly log: Log;
  /** Where the collector is, for warnings. */
  readonly collectorUrl: string;
  readonly timing: ExportTiming;
  /** Whether bodies are compressed with gzip. */
  readonly compress: boolean;
}

/**
 * Sends what the queue holds: a batch when it is full or its first span has waited long enough; again, byte for byte
 * the same, until the collector has it. The pseudonym key is fetched first where it was not given.
 */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #partialDue = false;
  #underWay = 0;
  #fetchingKey = false;
  #troubled = false;
  #delivered = 0;
  #rejected = 0;
  #reportedDrops = 0;
  readonly #watchers = new Set<() => void>();

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#backoff = createBackoff(options.timing.firstRetryMs, options.timing.lastRetryMs);
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
    return this.#troubled;
  }

  /** Starts a span. @returns where its attributes go; {@link end} or {@link abandon} must follow */
  begin(head: SpanHead): SpanSink {
    return this.#options.queue.begin(head);
  }

  /** The span that was begun is complete: it is sent when its batch is full or has waited long enough. */
  end(): void {
    const { queue, timing } = this.#options;
    queue.end();
    if (queue.hasFullBatch) this.#pump();
    this.#timer ??= setTimeout(() => this.#onLinger(), timing.lingerMs).unref();
  }

  /** The span that was begun is given up. */
  abandon(): void {
    this.#options.queue.abandon();
  }

  /**
   * Sends all that waits now.
   *
   * @param timeoutMs how long to keep trying; the process stays alive meanwhile
   * @returns whether everything was delivered
   */
  flush(timeoutMs: number): Promise<boolean> {
    const { queue } = this.#options;
    if (queue.spans === 0) return Promise.resolve(true);
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
      const deadline = setTimeout(finish, timeoutMs);
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

  #onLinger(): void {
    this.#timer = undefined;
    this.#partialDue = true;
    this.#pump();
  }

  #pump(): void {
    if (this.#retryTimer) return;
    const { queue } = this.#options;
    if (!queue.hasKey) {
      this.#fetchKey();
      return;
    }
    const limit = this.#troubled ? 1 : MAX_UNDER_WAY;
    while (this.#underWay < limit) {
      const batch = queue.take(this.#partialDue);
      if (!batch) {
        this.#partialDue = false;
        return;
      }
      void this.#send(batch);
    }
  }

  async #send(batch: Batch): Promise<void> {
    this.#underWay++;
    const reply = await this.#post(batch);
    this.#underWay--;
    this.#settle(batch, reply);
    for (const watcher of this.#watchers) watcher();
    this.#pump();
  }

  async #post(batch: Batch): Promise<Reply> {
    const compressed =
      !this.#options.compress || batch.body.length < MIN_COMPRESSED_BYTES
        ? undefined
        : await compress(batch.body, { level: 1 }).catch(() => undefined);
    return this.#options.transport.call({
      method: 'POST',
      path: '/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        ...(compressed ? { 'content-encoding': 'gzip' } : {}),
      },
      body: compressed ?? batch.body,
    });
  }

  #settle(batch: Batch, reply: Reply): void {
    const { queue, log, collectorUrl } = this.#options;
    if (reply.kind === 'answered' && isAccepted(reply)) {
      const { rejected, message } = readPartialSuccess(reply);
      queue.settle(batch);
      this.#rejected += rejected;
      this.#delivered += batch.spans - rejected;
      if (rejected > 0) {
        log.warnOnce(
          'VDT_AGENT_REJECTED',
          `the collector rejected ${rejected} of ${batch.spans} spans: ${printable(message)}`,
        );
      }
      this.#recover();
      return;
    }
    if (reply.kind === 'answered' && isFinal(reply.status)) {
      queue.settle(batch);
      this.#rejected += batch.spans;
      log.warnOnce(
        'VDT_AGENT_REFUSED',
        `the collector at ${collectorUrl} refused a batch with status ${reply.status}: ${printable(reply.body.toString('utf8'))}; its ${batch.spans} spans are dropped`,
      );
      this.#recover();
      return;
    }
    queue.giveBack(batch);
    this.#trouble(reply);
  }

  #fetchKey(): void {
    if (this.#fetchingKey) return;
    this.#fetchingKey = true;
    void this.#options.transport.call({ method: 'GET', path: '/v1/agent/config' }).then((reply) => {
      this.#fetchingKey = false;
      const key = reply.kind === 'answered' && reply.status === 200 ? readKey(reply.body) : undefined;
      if (key === undefined) {
        this.#trouble(reply);
      } else {
        this.#options.queue.useKey(key);
        this.#partialDue = true;
        this.#pump();
      }
      for (const watcher of this.#watchers) watcher();
    });
  }

  #recover(): void {
    const { log, queue } = this.#options;
    this.#backoff.reset();
    if (!this.#troubled) return;
    this.#troubled = false;
    log.forget('VDT_AGENT_COLLECTOR');
    log.forget('VDT_AGENT_UNAUTHORIZED');
    const dropped = queue.dropped - this.#reportedDrops;
    this.#reportedDrops = queue.dropped;
    if (dropped === 0) return;
    log.forget('VDT_AGENT_DROPPED');
    log.warnOnce(
      'VDT_AGENT_DROPPED',
      `the collector is back; ${dropped} spans were dropped meanwhile. A larger VEDETTE_QUEUE_BYTES would keep more`,
    );
  }

  #trouble(reply: Reply): void {
    const { log, collectorUrl, timing } = this.#options;
    this.#troubled = true;
    const unauthorized = reply.kind === 'answered' && (reply.status === 401 || reply.status === 403);
    if (unauthorized) {
      log.warnOnce(
        'VDT_AGENT_UNAUTHORIZED',
        `the collector at ${collectorUrl} refused the token with status ${reply.status}: set VEDETTE_TOKEN to a valid ingest token. Spans wait meanwhile`,
      );
    } else {
      log.warnOnce(
        'VDT_AGENT_COLLECTOR',
        `the collector at ${collectorUrl} cannot be used (${describeReply(reply)}): check VEDETTE_URL and that it runs. The service is not affected; spans wait and are sent when it is back`,
      );
    }
    // Several batches under way fail together; that is one failure.
    if (this.#retryTimer) return;
    const waitMs = unauthorized ? timing.refusedRetryMs : this.#backoff.next();
    const askedMs = reply.kind === 'answered' ? (reply.retryAfterMs ?? 0) : 0;
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = undefined;
        this.#partialDue = true;
        this.#pump();
      },
      Math.max(waitMs, askedMs),
    ).unref();
  }
}
