import type { VedetteError } from '@vedette/protocol';

/** One condition of being ready. */
export interface Check {
  readonly ok: boolean;
  /** Why not, for programs. */
  readonly code?: string;
  /** Why not, for people. */
  readonly message?: string;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not ready';
  readonly checks: {
    /** The detector state covers everything that is stored. */
    readonly state: Check;
    /** The database answers. */
    readonly storage: Check;
    /** There is room for what senders bring. */
    readonly queue: Check & { readonly rows: number; readonly bytes: number; readonly maxBytes: number };
  };
}

export interface ReadinessParts {
  readonly ping: () => Promise<void>;
  readonly backlog: () => { readonly rows: number; readonly bytes: number; readonly maxBytes: number };
  /** Default 2000. */
  readonly pingTimeoutMs?: number;
}

/** Fuller than this the queue will refuse the next large batch. */
const QUEUE_FULL = 0.9;

/** Whether traffic should be sent here: starting → serving → closing, and the conditions while serving. */
export class Readiness {
  readonly #parts: ReadinessParts;
  #phase: 'starting' | 'serving' | 'closing' = 'starting';

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  get phase(): 'starting' | 'serving' | 'closing' {
    return this.#phase;
  }

  /** The state is rebuilt. */
  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  close(): void {
    this.#phase = 'closing';
  }

  async report(): Promise<ReadinessReport> {
    const storage = await this.#storage();
    const state = STATE[this.#phase];
    const backlog = this.#parts.backlog();
    const isFull = backlog.bytes > backlog.maxBytes * QUEUE_FULL;
    const queue = {
      ok: !isFull,
      ...(isFull ? { code: 'VDT_STORAGE_BUSY', message: 'what waits for storing fills the queue' } : {}),
      ...backlog,
    };
    const isReady = storage.ok && state.ok && queue.ok;
    return { status: isReady ? 'ready' : 'not ready', checks: { state, storage, queue } };
  }

  async #storage(): Promise<Check> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Check>((resolve) => {
      const message = 'the database takes too long to answer';
      timer = setTimeout(
        () => resolve({ ok: false, code: 'VDT_STORAGE_TIMEOUT', message }),
        this.#parts.pingTimeoutMs ?? 2000,
      );
    });
    const answer = this.#parts.ping().then(
      (): Check => ({ ok: true }),
      (error: VedetteError): Check => ({ ok: false, code: error.code, message: error.message }),
    );
    const check = await Promise.race([answer, late]);
    clearTimeout(timer);
    return check;
  }
}

const STATE: Readonly<Record<Readiness['phase'], Check>> = {
  starting: { ok: false, code: 'VDT_STARTING', message: 'detector state is being rebuilt from storage' },
  serving: { ok: true },
  closing: { ok: false, code: 'VDT_CLOSING', message: 'the collector is about to stop' },
};
