import { availableParallelism } from 'node:os';
import type { RequestEvent } from '@vedette/protocol';
import { findInputs, type Input } from './input.js';
import { ReadingReport } from './reading-report.js';
import { ReadingStage, type StageOptions } from './reading-stage.js';
import { readInThread } from './reading-thread-client.js';

export interface ReadOptions extends StageOptions {
  /** Counts what was read; complete at the end. */
  readonly report?: ReadingReport;
  /** Called with the bytes read from the disk since the last call. */
  readonly onRead?: (bytes: number) => void;
}

/** Less is read before a thread has started. */
const THREAD_BYTES = 8 * 1024 * 1024;

/**
 * Recorded traffic → request events, in the order of the files and their lines, a batch for each chunk read. Large files
 * and streams are read in a thread of their own. Memory does not grow with the size of a file.
 *
 * @param files names; `-` for standard input; `.gz` (and `.zst` where Node has it) is inflated
 * @throws VedetteError `VDT_REPLAY_INPUT` where a file cannot be opened; one that breaks off is reported and left
 */
export async function* readEvents(
  files: readonly string[],
  options: ReadOptions,
): AsyncGenerator<readonly RequestEvent[]> {
  const inputs = await findInputs(files);
  if (isWorthThread(inputs)) yield* readInThread(inputs, options);
  else yield* readHere(inputs, options);
}

async function* readHere(inputs: readonly Input[], options: ReadOptions): AsyncGenerator<readonly RequestEvent[]> {
  let events: RequestEvent[] = [];
  const stage = new ReadingStage(options, {
    report: options.report ?? new ReadingReport(),
    take: (event) => events.push(event),
    onRead: options.onRead ?? (() => {}),
  });
  for (const input of inputs) {
    for await (const _ of stage.read(input)) {
      yield events;
      events = [];
    }
  }
}

function isWorthThread(inputs: readonly Input[]): boolean {
  // Sources that run as they are have no file that a thread could begin with.
  if (availableParallelism() < 2 || import.meta.url.endsWith('.ts')) return false;
  return inputs.some(({ bytes }) => bytes === 0) || inputs.reduce((sum, { bytes }) => sum + bytes, 0) >= THREAD_BYTES;
}
