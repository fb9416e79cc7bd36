import { parentPort, workerData } from 'node:worker_threads';
import { EventEncoder } from './event-encoder.js';
import type { Input } from './input.js';
import { ReadingReport } from './reading-report.js';
import { ReadingStage, type StageOptions } from './reading-stage.js';
import { MAX_BATCHES_AHEAD, type ThreadMessage } from './thread-message.js';

/** Entry of the thread that reads: the inputs in `workerData`, batches of packed events to the parent. */
const { inputs, options } = workerData as { readonly inputs: readonly Input[]; readonly options: StageOptions };
const port = parentPort!;
const report = new ReadingReport();
const encoder = new EventEncoder();
let bytes = 0;
let ahead = 0;
let resume: (() => void) | undefined;

port.on('message', () => {
  ahead--;
  resume?.();
});

const stage = new ReadingStage(options, {
  report,
  take: (event) => encoder.add(event),
  onRead: (count) => {
    bytes += count;
  },
});
for (const input of inputs) {
  for await (const _ of stage.read(input)) {
    const batch = encoder.take();
    const message: ThreadMessage = { kind: 'batch', batch, bytes };
    bytes = 0;
    ahead++;
    port.postMessage(message, [batch.numbers.buffer, batch.words.buffer]);
    while (ahead >= MAX_BATCHES_AHEAD) await taken();
  }
}
const end: ThreadMessage = { kind: 'end', report: report.data() };
port.postMessage(end);
port.close();

/** Resolves when the parent has taken a batch. */
function taken(): Promise<void> {
  return new Promise((resolve) => {
    resume = resolve;
  });
}
