import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';
import type { FaultGuard } from './fault-guard.js';

export interface LifecycleHooks {
  /** Sends what waits; resolves when done or after `timeoutMs`. */
  readonly flush: (timeoutMs: number) => Promise<unknown>;
  /** Sends what waits while the event loop no longer turns. */
  readonly flushAtExit: () => void;
  /** Keeps what waits, at once: the service has thrown, and nobody catches it. */
  readonly keepAtCrash: () => void;
  /** Whether anything waits. */
  readonly isIdle: () => boolean;
}

/** Longest time that the end of the process is put off, ms. */
export const EXIT_FLUSH_MS = 2_000;
/** How much longer a flush may take than it was given before it is no longer waited for, ms. */
const END_MARGIN_MS = 250;

/**
 * Calls `begin` with the first connection that a server of this thread accepts: until then nothing of the agent runs by
 * itself, so that scripts and idle workers have no timer, no signal handler and no socket of ours.
 */
export function onFirstConnection(begin: () => void, guard: FaultGuard): void {
  const onSocket = (): void => {
    // Not within the publication, which in some versions of Node would pass over another subscriber.
    process.nextTick(() => unsubscribe('net.server.socket', onSocket));
    guard.always(begin);
  };
  subscribe('net.server.socket', onSocket);
}

/**
 * Signals that end a service, and how long what waits may put off the end, ms. Process managers send SIGINT (Ctrl-C, PM2)
 * or SIGTERM (containers, systemd); PM2 kills 1.6 s later.
 */
const ENDING_SIGNALS = { SIGTERM: EXIT_FLUSH_MS, SIGINT: 1_000 } as const;

/**
 * Sends what waits before the process ends, and leaves how it ends as it was: `beforeExit` (nothing left to do), `exit`
 * (the service called `process.exit`), and an exception that nobody catches, which Node lets be watched without counting
 * as caught: the stack is printed and the exit code set as without us.
 */
export function flushBeforeEnd(hooks: LifecycleHooks, guard: FaultGuard): void {
  process.on('beforeExit', () =>
    guard.always(() => {
      if (!hooks.isIdle()) void hooks.flush(EXIT_FLUSH_MS);
    }),
  );
  process.on('uncaughtExceptionMonitor', () =>
    guard.always(() => {
      const isCaught = process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
      if (!isCaught && !hooks.isIdle()) hooks.keepAtCrash();
    }),
  );
  process.on('exit', () =>
    guard.always(() => {
      if (!hooks.isIdle()) hooks.flushAtExit();
    }),
  );
}

/**
 * The same for SIGTERM and SIGINT where the service does not handle them; asked for once the process serves, since
 * a signal with a listener waits for the event loop. Our listener for a signal exists only while there is no other,
 * so that the service, and libraries that count listeners, decide as they would without the agent; when it has flushed it
 * ends the process by the same signal. Worker threads get no signals.
 */
export function flushBeforeSignals(hooks: LifecycleHooks, guard: FaultGuard): void {
  if (!isMainThread) return;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) guard.always(() => watchSignal(signal, hooks, guard));
}

function watchSignal(signal: keyof typeof ENDING_SIGNALS, hooks: LifecycleHooks, guard: FaultGuard): void {
  const flushMs = ENDING_SIGNALS[signal];
  let ending = false;
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    process.removeListener(signal, onSignal);
    process.kill(process.pid, signal);
  };
  const onSignal = (): void => {
    // Whoever asks twice does not want to wait.
    if (ending) {
      end();
      return;
    }
    ending = true;
    // Whatever becomes of the flush, the process ends.
    setTimeout(end, flushMs + END_MARGIN_MS);
    // A response that was just written ends its span in this turn of the event loop.
    setImmediate(() => {
      const flushed = guard.always(() => (hooks.isIdle() ? undefined : hooks.flush(flushMs)));
      if (flushed) flushed.then(end, end);
      else end();
    });
  };
  const onAdded = (event: string | symbol, listener: unknown): void => {
    if (event !== signal || listener === onSignal) return;
    // Not before theirs is in place: with its last listener Node stops watching the signal.
    process.nextTick(() => {
      if (process.listenerCount(signal) > 1) process.removeListener(signal, onSignal);
    });
  };
  const onRemoved = (event: string | symbol, listener: unknown): void => {
    if (event !== signal || listener === onSignal) return;
    guard.always(() => {
      if (!ending && process.listenerCount(signal) === 0) process.on(signal, onSignal);
    });
  };
  if (process.listenerCount(signal) === 0) process.on(signal, onSignal);
  process.on('newListener', onAdded);
  process.on('removeListener', onRemoved);
}
