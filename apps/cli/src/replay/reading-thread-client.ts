import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RequestEvent } from '@vedette/protocol';
import { EventDecoder } from './event-decoder.js';
import type { Input } from './input.js';
import type { ReadOptions } from './read-events.js';
import type { StageOptions } from './reading-stage.js';
import type { ThreadMessage } from './thread-message.js';

/** Few enough that most are garbage before it is collected, enough that asking for more costs nothing. */
const EVENTS_AT_ONCE = 256;

/** A batch and what it is made of fit several times: little of it has to be copied by the garbage collection. */
const YOUNG_MB = 64;

/** Reads inputs in a thread of its own, a few chunks ahead of whoever takes the events. */
export async function* readInThread(
  inputs: readonly Input[],
  options: ReadOptions,
): AsyncGenerator<readonly RequestEvent[]> {
  const { report, onRead, ...rest } = options;
  const stage: StageOptions = rest;
  const worker = new Worker(new URL('./reading-thread.js', import.meta.url), {
    workerData: { inputs, options: stage },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const decoder = new EventDecoder();
  try {
    for await (const [data] of on(worker, 'message', { close: ['exit'] })) {
      const message = data as ThreadMessage;
      if (message.kind === 'end') {
        report?.replaceBy(message.report);
        return;
      }
      onRead?.(message.bytes);
      if (report !== undefined) report.events += message.batch.count;
      decoder.start(message.batch);
      worker.postMessage(null);
      for (let left = message.batch.count; left > 0; left -= EVENTS_AT_ONCE) yield decoder.take(EVENTS_AT_ONCE);
    }
  } finally {
    await worker.terminate();
  }
}
