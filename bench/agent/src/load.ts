/**
 * Asks a service over kept-alive connections: as fast as it answers, or at a fixed rate. A process of its own, so that it
 * does not share a core with the service.
 *
 * Written on sockets, because a client that builds requests and parses answers would be busier than the service: the
 * requests are made beforehand, and an answer is complete when as many bytes have come as the first one of its kind had.
 *
 * It never sleeps while a service answers as fast as it can: whoever writes to a process that sleeps pays for waking it, in
 * a virtual machine more than for the whole request, and the slower a service is the oftener it would pay.
 */
import { connect, type Socket } from 'node:net';

/** What the bench asks for. */
export interface LoadOrder {
  readonly port: number;
  readonly seconds: number;
  readonly connections: number;
  /** Requests a second; 0 for as many as are answered. */
  readonly rate: number;
  /** Requests that are sent in turn, as they go over the wire. */
  readonly requests: readonly string[];
}

/** What came of it. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Time from when a request was due to its answer, ms: half, and all but one in a hundred, are faster. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((report) => process.send?.(report));
});

async function run(order: LoadOrder): Promise<LoadReport> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + order.seconds * 1000;
  const turns = new Turns(order, startedAt, endsAt);
  const workers = Array.from({ length: order.connections }, () => new Worker(order, turns, latenciesMs).done);
  const stayAwake = new StayAwake();
  if (order.rate === 0) stayAwake.begin();
  try {
    await Promise.all(workers);
  } finally {
    stayAwake.end();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  latenciesMs.sort((one, other) => one - other);
  const quantile = (share: number): number => latenciesMs[Math.floor(share * latenciesMs.length)] ?? 0;
  return { requests: latenciesMs.length, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

/** Keeps the event loop turning. */
class StayAwake {
  #immediate: NodeJS.Immediate | undefined;

  begin(): void {
    this.#immediate = setImmediate(() => this.begin());
  }

  end(): void {
    clearImmediate(this.#immediate);
  }
}

/** When the next request is due. */
class Turns {
  #given = 0;

  constructor(
    private readonly order: LoadOrder,
    private readonly startedAt: number,
    private readonly endsAt: number,
  ) {}

  /** @returns ms of the monotonic clock; `undefined` when it is over */
  next(): number | undefined {
    const now = performance.now();
    if (now >= this.endsAt) return undefined;
    if (this.order.rate === 0) return now;
    const dueAt = this.startedAt + (this.#given++ * 1000) / this.order.rate;
    return dueAt < this.endsAt ? dueAt : undefined;
  }
}

/** One connection: sends, waits for the whole answer, sends again. */
class Worker {
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #lengths: number[] = [];
  #head = '';
  #request = 0;
  #missing = 0;
  #dueAt = 0;
  #resolve = (): void => {};

  constructor(
    private readonly order: LoadOrder,
    private readonly turns: Turns,
    private readonly latenciesMs: number[],
  ) {
    this.#socket = connect(order.port, '127.0.0.1', () => this.#next());
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#socket.on('error', reject);
    });
  }

  #next(): void {
    const dueAt = this.turns.next();
    if (dueAt === undefined) {
      this.#socket.end();
      this.#resolve();
      return;
    }
    this.#dueAt = dueAt;
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) setTimeout(() => this.#send(), waitMs);
    else this.#send();
  }

  #send(): void {
    this.#request = (this.#request + 1) % this.order.requests.length;
    this.#missing = this.#lengths[this.#request] ?? 0;
    this.#socket.write(this.order.requests[this.#request] ?? '', 'latin1');
  }

  #onData(chunk: Buffer): void {
    if (this.#missing === 0) {
      this.#head += chunk.toString('latin1');
      const length = answerLength(this.#head);
      if (length === undefined || this.#head.length < length) return;
      this.#lengths[this.#request] = length;
      this.#head = '';
    } else {
      this.#missing -= chunk.length;
      if (this.#missing > 0) return;
    }
    this.latenciesMs.push(performance.now() - this.#dueAt);
    this.#next();
  }
}

/** Bytes of an answer with `Content-Length`; `undefined` as long as its head is not complete. */
function answerLength(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /^content-length: (\d+)\r?$/im.exec(text.slice(0, end + 2))?.[1];
  if (length === undefined) throw new Error('the bench reads only answers with a Content-Length');
  return end + 4 + Number(length);
}
