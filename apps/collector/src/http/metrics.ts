import { Counter, Gauge, Registry } from 'prom-client';

/** What `/metrics` shows. Counters of spans add up: received = stored + ignored + duplicate + rejected. */
export interface Metrics {
  readonly registry: Registry;
  readonly spansReceived: Counter;
  readonly spansStored: Counter;
  readonly spansIgnored: Counter;
  readonly spansDuplicate: Counter;
  readonly spansRejected: Counter<'reason'>;
  readonly spansScored: Counter;
  readonly timesClamped: Counter;
  readonly alertsRaised: Counter<'type'>;
  readonly streamClients: Gauge;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    registry,
    spansReceived: counter('vedette_spans_received_total', 'Spans in accepted OTLP requests'),
    spansStored: counter('vedette_spans_stored_total', 'Request events made durable'),
    spansIgnored: counter('vedette_spans_ignored_total', 'Spans that are not HTTP server spans'),
    spansDuplicate: counter('vedette_spans_duplicate_total', 'Spans received before, recognised by trace and span id'),
    spansRejected: new Counter({
      name: 'vedette_spans_rejected_total',
      help: 'Server spans that could not be used, by reason',
      labelNames: ['reason'],
      registers,
    }),
    spansScored: counter('vedette_spans_scored_total', 'Request events that the detectors have seen'),
    timesClamped: counter('vedette_event_times_clamped_total', 'Event times in the future taken as arrival time'),
    alertsRaised: new Counter({
      name: 'vedette_alerts_raised_total',
      help: 'Alerts raised, by type',
      labelNames: ['type'],
      registers,
    }),
    streamClients: new Gauge({ name: 'vedette_stream_clients', help: 'Open alert streams', registers }),
  };
}
