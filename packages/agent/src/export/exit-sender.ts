import { Worker } from 'node:worker_threads';
import type { Batch } from './span-queue.js';

/** What the worker is given. */
export interface ExitJob {
  /** Full address of the traces endpoint. */
  readonly url: string;
  /** Ingest token, or `''`. */
  readonly token: string;
  readonly bodies: readonly Uint8Array[];
  readonly timeoutMs: number;
  /** One Int32, set to 1 and notified when the worker is done. */
  readonly done: SharedArrayBuffer;
}

export interface ExitSenderOptions {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/**
 * Sends batches while the process is already exiting and its event loop no longer turns: a worker thread sends, this
 * thread waits for it. Never throws; what cannot be sent in time is lost.
 */
export function sendAtExit(batches: readonly Batch[], options: ExitSenderOptions): void {
  const done = new SharedArrayBuffer(4);
  const job: ExitJob = { ...options, bodies: batches.map((batch) => batch.body), done };
  try {
    const worker = new Worker(new URL('./exit-worker.cjs', import.meta.url), {
      workerData: job,
      // The worker must not load the agent, nor anything else of the service's.
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
    });
    worker.unref();
    Atomics.wait(new Int32Array(done), 0, 0, options.timeoutMs);
  } catch {
    // Nothing left to do for a process that ends.
  }
}
