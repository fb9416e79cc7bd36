/** Preload of the collector that is measured: tells event-loop delay and memory over the IPC channel when it is asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** What the collector's process says of itself since it was asked before. */
export interface Watched {
  readonly loopP50Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly rssMB: number;
  readonly heapMB: number;
}

const RESOLUTION_MS = 5;

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('message', (message) => {
    if (message !== 'watch' && message !== 'reset') return;
    if (message === 'watch') {
      const { rss, heapUsed } = process.memoryUsage();
      // The histogram holds the time between two timers, so a loop without delay shows the resolution.
      const ms = (nanos: number) => Math.max(0, nanos / 1e6 - RESOLUTION_MS);
      const watched: Watched = {
        loopP50Ms: ms(delay.percentile(50)),
        loopP99Ms: ms(delay.percentile(99)),
        loopMaxMs: ms(delay.max),
        rssMB: rss / 2 ** 20,
        heapMB: heapUsed / 2 ** 20,
      };
      process.send?.(watched);
    } else delay.reset();
  });
  // The channel must not keep the collector alive.
  process.channel?.unref();
}
