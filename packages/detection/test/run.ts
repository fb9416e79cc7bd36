import type { Alert, Finding, RequestEvent } from '@vedette/protocol';
import { createAlertBook, createEngine, type Engine, type EngineOptions } from '../src/index.js';

export interface Outcome {
  readonly alerts: Alert[];
  readonly findings: Finding[];
  /** Index of the event with which an alert was first raised, by type; -1 when it was raised at the end. */
  readonly raisedBy: Map<string, number>;
}

/** Small tables, so that hundreds of engines fit in one test run. */
export const SMALL: EngineOptions = { stateMemoryMB: 32 };

/** Runs events through engine and alert book as the collector does. */
export function run(events: readonly RequestEvent[], options: { engine?: Engine; flush?: boolean } = {}): Outcome {
  const engine = options.engine ?? createEngine(SMALL);
  const book = createAlertBook();
  const findings: Finding[] = [];
  const raisedBy = new Map<string, number>();
  const apply = (found: readonly Finding[], index: number): void => {
    for (const finding of found) {
      findings.push(finding);
      if (book.apply(finding)?.change === 'raised') raisedBy.set(finding.type, index);
    }
  };
  events.forEach((event, i) => {
    apply(engine.observe(event), i);
  });
  if (options.flush !== false) apply(engine.flush(), -1);
  return { alerts: book.list(), findings, raisedBy };
}

/** In order of time, as a collector sees them. */
export function merged(...streams: readonly (readonly RequestEvent[])[]): RequestEvent[] {
  return streams.flat().sort((left, right) => left.startMs - right.startMs);
}
