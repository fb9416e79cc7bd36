import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RequestEvent } from '@vedette/protocol';
import { EventDecoder } from './event-codec.js';
import type { Input } from './input.js';
import type { ReadOptions } from './read-events.js';
import type { StageOptions } from './reading-stage.js';
import type { ThreadMessage } from './thread-message.js';

/** Reads inputs in a thread of its own, a few chunks ahead of whoever takes the events. */
export async function* readInThread(
  inputs: readonly Input[],
  options: ReadOptions,
): AsyncGenerator<readonly RequestEvent[]> {
  const { report, onRead, ...rest } = options;
  const stage: StageOptions = rest;
  const worker = new Worker(new URL('./reading-thread.js', import.meta.url), {
    workerData: { inputs, options: stage },
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
      const events = decoder.decode(message.batch);
      worker.postMessage(null);
      if (report !== undefined) report.events += events.length;
      yield events;
    }
  } finally {
    await worker.terminate();
  }
}
