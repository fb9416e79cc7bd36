import {
  type AlertUpdate,
  createAlertBook,
  createEngine,
  type Engine,
  type EngineOptions,
  restoreEngine,
} from '@vedette/detection';
import { type Finding, type RequestEvent, SEVERITIES } from '@vedette/protocol';
import type { Examinee, RaisedAlert } from './raised-alert.js';

export interface EngineExamineeOptions {
  /** Name in the tables. */
  readonly name?: string;
  readonly engine: EngineOptions;
  /** Event times (Unix ms) at which the engine is stopped, saved and restored from its snapshot. */
  readonly restartsAtMs: readonly number[];
}

/** The engine with its alert book, as the collector runs them. */
export function engineExaminee(options: EngineExamineeOptions = { engine: {}, restartsAtMs: [] }): Examinee {
  let engine: Engine = createEngine(options.engine);
  const book = createAlertBook();
  const alerts = new Map<string, RaisedAlert>();
  const restarts = [...options.restartsAtMs].sort((a, b) => a - b);
  let clockMs = Number.NEGATIVE_INFINITY;

  const apply = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      const update = book.apply(finding);
      if (update !== null) note(update);
    }
  };
  const note = ({ alert }: AlertUpdate): void => {
    const known = alerts.get(alert.id);
    const raised: RaisedAlert = known ?? {
      id: alert.id,
      type: alert.type,
      severity: alert.severity,
      raisedMs: Math.max(clockMs, Date.parse(alert.raisedAt)),
      firstSeenMs: 0,
      lastSeenMs: 0,
      sources: [],
      sourceCount: 0,
      actors: [],
      actorCount: 0,
      targets: [],
      compromised: [],
      summary: '',
      isWithdrawn: false,
    };
    if (known === undefined) alerts.set(alert.id, raised);
    if (SEVERITIES.indexOf(alert.severity) > SEVERITIES.indexOf(raised.severity)) raised.severity = alert.severity;
    raised.firstSeenMs = Date.parse(alert.firstSeen);
    raised.lastSeenMs = Math.max(raised.lastSeenMs, Date.parse(alert.lastSeen));
    // A withdrawn alert may name nobody any more; what it accused people of stays.
    if (alert.status !== 'withdrawn' || known === undefined) {
      raised.sources = alert.sources;
      raised.sourceCount = alert.sourceCount;
      raised.actors = alert.actors;
      raised.actorCount = alert.actorCount;
      raised.targets = alert.targets;
      raised.compromised = alert.compromised;
      raised.summary = alert.summary;
    }
    raised.isWithdrawn = alert.status === 'withdrawn';
  };

  return {
    name: options.name ?? 'vedette',
    observe(event: RequestEvent) {
      if (event.startMs > clockMs) clockMs = event.startMs;
      if (restarts.length > 0 && clockMs >= restarts[0]!) {
        restarts.shift();
        engine = restoreEngine(engine.snapshot(), options.engine);
      }
      const findings = engine.observe(event);
      if (findings.length > 0) apply(findings);
    },
    finish() {
      apply(engine.flush());
    },
    alerts: () => [...alerts.values()],
  };
}
