import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '../version.js';

/** The way of a request through the collector; `store` is a wait (for the group it goes with), the others are work. */
const STAGES = ['receive', 'decode', 'normalise', 'store', 'score'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * What `/metrics` counts. Spans add up: received = stored + ignored + duplicate + rejected. No label holds text of a
 * sender: each has a fixed set of values.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly spansReceived: Counter;
  readonly spansStored: Counter;
  readonly spansIgnored: Counter;
  readonly spansDuplicate: Counter;
  readonly spansRejected: Counter<'reason'>;
  readonly spansScored: Counter;
  readonly ingestRequests: Counter<'status'>;
  readonly timesClamped: Counter;
  readonly timesLate: Counter;
  readonly alertsRaised: Counter<'type'>;
  readonly storageErrors: Counter<'operation' | 'code'>;
  readonly storageSeconds: Histogram<'operation'>;
  /** From the end of a span until the detectors saw it, by the span of each group that waited longest. */
  readonly scoringLag: Histogram;
  /** Durable events that the detectors have not seen yet. */
  readonly scoringBacklog: Gauge;
  readonly webhookAttempts: Counter<'outcome'>;
  readonly webhooksWaiting: Gauge;
  /** Records how long one request body (`store`, `score`: one group) took in a stage. */
  stage(stage: Stage, seconds: number): void;
}

/** Half a millisecond to ten seconds. */
const WORK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Around what the pipeline promises (half a second); past it, how long a sender or storage was away. */
const LAG_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10, 60, 600, 3600];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const countBy = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });

  // Processor time, memory, event-loop delay, garbage collection: under the names that every Node dashboard knows.
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'vedette_build_info',
    help: 'Always 1; labels say what runs',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version: VERSION, node_version: process.version }, 1);

  const stages = new Histogram({
    name: 'vedette_stage_seconds',
    help: 'Time of one request body in each stage',
    labelNames: ['stage'],
    buckets: WORK_SECONDS,
    registers,
  });
  const ofStage = new Map(STAGES.map((stage) => [stage, stages.labels(stage)]));

  return {
    registry,
    spansReceived: counter('vedette_spans_received_total', 'Spans in accepted OTLP requests'),
    spansStored: counter('vedette_spans_stored_total', 'Request events made durable'),
    spansIgnored: counter('vedette_spans_ignored_total', 'Spans that are not HTTP server spans'),
    spansDuplicate: counter('vedette_spans_duplicate_total', 'Spans received before, recognised by trace and span id'),
    spansRejected: countBy('vedette_spans_rejected_total', 'Server spans that could not be used, by reason', 'reason'),
    spansScored: counter('vedette_spans_scored_total', 'Request events that the detectors have seen'),
    ingestRequests: countBy('vedette_ingest_requests_total', 'Answers of the OTLP intake by HTTP status', 'status'),
    timesClamped: counter('vedette_event_times_clamped_total', 'Event times in the future taken as arrival time'),
    timesLate: counter('vedette_event_times_late_total', 'Request events a day late or more: stored, not scored'),
    alertsRaised: countBy('vedette_alerts_raised_total', 'Alerts raised, by type', 'type'),
    storageErrors: countBy(
      'vedette_storage_errors_total',
      'Operations of the database that failed, by operation and error code',
      'operation',
      'code',
    ),
    storageSeconds: new Histogram({
      name: 'vedette_storage_seconds',
      help: 'Time of operations of the database, failed ones included',
      labelNames: ['operation'],
      buckets: WORK_SECONDS,
      registers,
    }),
    scoringLag: new Histogram({
      name: 'vedette_scoring_lag_seconds',
      help: 'From the end of a span until the detectors saw it; the slowest span of each stored group',
      buckets: LAG_SECONDS,
      registers,
    }),
    scoringBacklog: gauge('vedette_scoring_backlog_spans', 'Durable request events that the detectors have yet to see'),
    webhookAttempts: countBy('vedette_webhook_attempts_total', 'Attempts to deliver a webhook, by outcome', 'outcome'),
    webhooksWaiting: gauge('vedette_webhooks_waiting', 'Webhooks in the outbox that are not delivered yet'),
    stage: (stage, seconds) => ofStage.get(stage)?.observe(seconds),
  };
}
