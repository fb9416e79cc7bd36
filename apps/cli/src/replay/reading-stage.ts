import { createLineReader, createNormaliser, type LineFormat, type LineResult, type Normaliser } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import { ByteLines } from './byte-lines.js';
import { type Input, readBytes } from './input.js';
import type { ReadingReport } from './reading-report.js';

/** How recorded traffic is read; plain data. */
export interface StageOptions {
  /** Key of pseudonyms that are made of clear identifiers in the traffic. */
  readonly pseudonymKey: string;
  /** Default `auto`. */
  readonly format?: LineFormat;
  /** Service of access-log lines. */
  readonly service?: string;
}

/** Where everything goes that is read. */
export interface Sink {
  readonly report: ReadingReport;
  /** Takes the events in the order of the lines. */
  take(event: RequestEvent): void;
  /** Takes the bytes read from the disk since the last call. */
  onRead(bytes: number): void;
}

/** Longest line, in bytes: one OTLP line may hold thousands of spans. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Reads files one behind the other; what is learned from one serves the next. */
export class ReadingStage {
  readonly #options: StageOptions;
  readonly #sink: Sink;
  readonly #normaliser: Normaliser;

  constructor(options: StageOptions, sink: Sink) {
    this.#options = options;
    this.#sink = sink;
    this.#normaliser = createNormaliser({ pseudonymKey: options.pseudonymKey });
  }

  /** Yields after each chunk of the input. One that breaks off is reported and left. */
  async *read(input: Input): AsyncGenerator<void> {
    const { format = 'auto', service } = this.#options;
    const { report } = this.#sink;
    const reader = createLineReader(format, service === undefined ? {} : { service });
    let line = 0;
    const miss = (reason: string, text: string) => report.miss({ file: input.name, line, reason, text });
    const take = (bytes: Buffer, start: number, end: number) => {
      line++;
      const result = reader.readBytes(bytes, start, end);
      if (result.ok) this.#take(result);
      else miss(result.reason, bytes.toString('utf8', start, Math.min(end, start + EXAMPLE_BYTES)));
    };
    const drop = () => {
      line++;
      miss('line is too long', '');
    };
    const lines = new ByteLines(MAX_LINE_BYTES, take, drop);
    try {
      for await (const chunk of readBytes(input, this.#sink.onRead)) {
        lines.push(chunk);
        yield;
      }
    } catch (error) {
      report.brokenFiles.push((error as Error).message);
    }
    lines.end();
    report.lines += line;
    yield;
  }

  #take({ requests, ignored, rejected }: Extract<LineResult, { readonly ok: true }>): void {
    const { report } = this.#sink;
    report.ignoredSpans += ignored;
    for (const { reason, count } of rejected) report.reject(reason, count);
    report.events += requests.length;
    for (const request of requests) {
      const event = this.#normaliser.normalise(request);
      const name = request.enduserId || request.user;
      if (name !== '' && event.actor !== '' && request.enduserPseudoId === '') report.nameActor(event.actor, name);
      this.#sink.take(event);
    }
  }
}

/** Enough for the beginning of a line that a report shows. */
const EXAMPLE_BYTES = 1024;
