import { createLineReader, createNormaliser, type LineFormat, type LineReader, type Normaliser } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import { findInputs, type Input, readText } from './input.js';
import { LineSplitter } from './line-splitter.js';
import { ReadingReport } from './reading-report.js';

export interface ReadOptions {
  /** Key of pseudonyms that are made of clear identifiers in the traffic. */
  readonly pseudonymKey: string;
  /** Default `auto`. */
  readonly format?: LineFormat;
  /** Service of access-log lines. */
  readonly service?: string;
  /** Counts what was read. */
  readonly report?: ReadingReport;
  /** Called with the bytes read from the disk since the last call. */
  readonly onRead?: (bytes: number) => void;
}

/** Longest line, in UTF-16 units: one OTLP line may hold thousands of spans. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * Recorded traffic → request events, in the order of the files and their lines, a batch for each chunk read. Plain data
 * in and out, so this whole stage can run in a thread of its own. Memory does not grow with the size of a file.
 *
 * @param files names; `-` for standard input; `.gz` (and `.zst` where Node has it) is inflated
 * @throws VedetteError `VDT_REPLAY_INPUT` where a file cannot be opened; one that breaks off is reported and left
 */
export async function* readEvents(
  files: readonly string[],
  options: ReadOptions,
): AsyncGenerator<readonly RequestEvent[]> {
  const inputs = await findInputs(files);
  const stage = new ReadingStage(options);
  for (const input of inputs) yield* stage.read(input);
}

class ReadingStage {
  readonly #options: ReadOptions;
  readonly #report: ReadingReport;
  readonly #normaliser: Normaliser;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#report = options.report ?? new ReadingReport();
    this.#normaliser = createNormaliser({ pseudonymKey: options.pseudonymKey });
  }

  async *read(input: Input): AsyncGenerator<readonly RequestEvent[]> {
    const { format = 'auto', service, onRead = () => {} } = this.#options;
    const reader = createLineReader(format, service === undefined ? {} : { service });
    const splitter = new LineSplitter(MAX_LINE_LENGTH);
    const place = { file: input.name, line: 0 };
    try {
      for await (const text of readText(input, onRead)) yield this.#take(splitter.push(text), reader, place);
    } catch (error) {
      this.#report.brokenFiles.push((error as Error).message);
    }
    yield this.#take(splitter.end(), reader, place);
    this.#report.lines += splitter.tooLong;
    for (let i = 0; i < splitter.tooLong; i++) {
      this.#report.miss({ file: input.name, line: 0, reason: 'line is too long', text: '' });
    }
  }

  #take(lines: readonly string[], reader: LineReader, place: { readonly file: string; line: number }): RequestEvent[] {
    const report = this.#report;
    const events: RequestEvent[] = [];
    for (const line of lines) {
      place.line++;
      report.lines++;
      const result = reader.read(line);
      if (!result.ok) {
        report.miss({ file: place.file, line: place.line, reason: result.reason, text: line });
        continue;
      }
      report.ignoredSpans += result.ignored;
      for (const { reason, count } of result.rejected) report.reject(reason, count);
      for (const request of result.requests) events.push(this.#normaliser.normalise(request));
    }
    report.events += events.length;
    return events;
  }
}
