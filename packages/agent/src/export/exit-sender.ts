import { Worker } from 'node:worker_threads';

/** What the worker is given. */
export interface ExitJob {
  readonly collectorUrl: string;
  /** Ingest token, or `''`. */
  readonly token: string;
  readonly calls: readonly ExitCall[];
  readonly timeoutMs: number;
  /** Two Int32: set to 1 and notified when the worker is done; how many calls were answered well. */
  readonly progress: SharedArrayBuffer;
}

/** One body to be sent. */
export interface ExitCall {
  /** Path below the collector's address. */
  readonly path: string;
  readonly body: Uint8Array;
}

export interface ExitSenderOptions {
  /** Without trailing slash. */
  readonly collectorUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
}

/**
 * Sends batches while the process is already exiting and its event loop no longer turns: a worker thread sends, this
 * thread waits for it. Never throws.
 *
 * @returns how many of the calls, from the first, the collector has taken
 */
export function sendAtExit(calls: readonly ExitCall[], options: ExitSenderOptions): number {
  const progress = new SharedArrayBuffer(8);
  const state = new Int32Array(progress);
  const job: ExitJob = { ...options, calls, progress };
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
    Atomics.wait(state, 0, 0, options.timeoutMs);
  } catch {
    // Without a thread nothing is sent.
  }
  return Atomics.load(state, 1);
}
