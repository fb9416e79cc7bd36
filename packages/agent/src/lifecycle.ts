import type { FaultGuard } from './fault-guard.js';

export interface LifecycleHooks {
  /** Sends what waits; resolves when done or after `timeoutMs`. */
  readonly flush: (timeoutMs: number) => Promise<unknown>;
  /** Sends what waits while the event loop no longer turns. */
  readonly flushAtExit: () => void;
  /** Whether anything waits. */
  readonly isIdle: () => boolean;
}

/** Longest time that the end of the process is put off, ms. */
export const EXIT_FLUSH_MS = 2_000;

/**
 * Sends what waits before the process ends, and leaves how it ends as it was:
 * `beforeExit` (nothing left to do), `exit` (the service called `process.exit`), and SIGTERM where the service does not
 * handle it. Our SIGTERM listener exists only while there is no other, so that the service, and libraries that count
 * listeners, decide as they would without the agent; when it has flushed it ends the process by the same signal.
 */
export function flushBeforeEnd(hooks: LifecycleHooks, guard: FaultGuard): void {
  process.on('beforeExit', () =>
    guard.run(() => {
      if (!hooks.isIdle()) void hooks.flush(EXIT_FLUSH_MS);
    }),
  );
  process.on('exit', () =>
    guard.run(() => {
      if (!hooks.isIdle()) hooks.flushAtExit();
    }),
  );
  watchTermination(hooks, guard);
}

function watchTermination(hooks: LifecycleHooks, guard: FaultGuard): void {
  let ending = false;
  const end = (): void => {
    process.removeListener('SIGTERM', onSignal);
    process.kill(process.pid, 'SIGTERM');
  };
  const onSignal = (): void => {
    if (ending) return;
    ending = true;
    // A response that was just written ends its span in this turn of the event loop.
    setImmediate(() => {
      if (hooks.isIdle()) end();
      else void hooks.flush(EXIT_FLUSH_MS).finally(end);
    });
  };
  const onAdded = (event: string | symbol, listener: unknown): void => {
    if (event !== 'SIGTERM' || listener === onSignal) return;
    // Not before theirs is in place: with its last listener Node stops watching the signal.
    process.nextTick(() => {
      if (process.listenerCount('SIGTERM') > 1) process.removeListener('SIGTERM', onSignal);
    });
  };
  const onRemoved = (event: string | symbol, listener: unknown): void => {
    if (event !== 'SIGTERM' || listener === onSignal) return;
    guard.run(() => {
      if (!ending && process.listenerCount('SIGTERM') === 0) process.on('SIGTERM', onSignal);
    });
  };
  if (process.listenerCount('SIGTERM') === 0) process.on('SIGTERM', onSignal);
  process.on('newListener', onAdded);
  process.on('removeListener', onRemoved);
}
