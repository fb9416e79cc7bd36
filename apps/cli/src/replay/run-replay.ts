import { createAlertBook, createEngine } from '@vedette/detection';
import type { LineFormat } from '@vedette/intake';
import { type Alert, DEFAULT_SETTINGS, type Finding, type Settings } from '@vedette/protocol';
import { readEvents } from './read-events.js';
import { ReadingReport } from './reading-report.js';

export interface ReplayOptions {
  readonly format: LineFormat;
  readonly service?: string;
  readonly settings?: Settings;
  readonly onRead?: (bytes: number) => void;
  /** Called after each batch. */
  readonly onProgress?: (progress: { readonly events: number; readonly alerts: number }) => void;
}

export interface Replay {
  readonly report: ReadingReport;
  /** In their final state, in the order in which they were raised. */
  readonly alerts: readonly Alert[];
  /** Event times of the first and the last request, Unix ms; `null` without any. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** Fixed, so that the same input gives the same pseudonyms and alerts on every machine. */
const REPLAY_KEY = 'vedette replay';

/**
 * Takes recorded traffic through the engine of the live collector. Event time comes from the traffic; the wall clock
 * plays no part.
 *
 * @throws VedetteError `VDT_REPLAY_INPUT` where a file cannot be opened
 */
export async function runReplay(files: readonly string[], options: ReplayOptions): Promise<Replay> {
  const report = new ReadingReport();
  const { settings = DEFAULT_SETTINGS } = options;
  const engine = createEngine({ settings });
  const book = createAlertBook();
  book.expect(settings.expectedEvents);
  const apply = (findings: readonly Finding[]) => {
    for (const finding of findings) book.apply(finding);
  };
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  let alerts = 0;
  const { format, service, onRead } = options;
  const batches = readEvents(files, {
    pseudonymKey: REPLAY_KEY,
    format,
    report,
    ...(service === undefined ? {} : { service }),
    ...(onRead === undefined ? {} : { onRead }),
  });
  for await (const events of batches) {
    for (const event of events) {
      if (event.startMs < firstMs) firstMs = event.startMs;
      if (event.startMs > lastMs) lastMs = event.startMs;
      const findings = engine.observe(event);
      if (findings.length === 0) continue;
      for (const finding of findings) if (book.apply(finding)?.change === 'raised') alerts++;
    }
    options.onProgress?.({ events: report.events, alerts });
  }
  apply(engine.flush());
  return {
    report,
    alerts: book
      .list()
      .sort((a, b) => compare(a.raisedAt, b.raisedAt) || compare(a.id, b.id))
      .map((alert) => ({ ...alert, actors: alert.actors.map((id) => report.actor(id)) })),
    firstMs: report.events === 0 ? null : firstMs,
    lastMs: report.events === 0 ? null : lastMs,
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
