import { ProtoWriter } from './proto-writer.js';

/** One number that the agent tells of itself. */
export interface AgentMetric {
  readonly name: string;
  /** UCUM, as OpenTelemetry writes units: `By`, `us`, `{span}`. */
  readonly unit: string;
  /** `count` for what only grows since the start of the process. */
  readonly kind: 'gauge' | 'count';
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** When the numbers were read, and since when they count, Unix ms. */
export interface MetricTime {
  readonly startMs: number;
  readonly nowMs: number;
}

/** `AggregationTemporality.CUMULATIVE` */
const CUMULATIVE = 2;

/**
 * Numbers as entries of `ScopeMetrics.metrics` (opentelemetry/proto/metrics/v1/metrics.proto). Resource and scope have the
 * field numbers that they have around spans, so that `RequestEnvelope` makes an `ExportMetricsServiceRequest` of it.
 */
export function encodeMetrics(metrics: readonly AgentMetric[], time: MetricTime): Buffer {
  const writer = new ProtoWriter();
  for (const metric of metrics) {
    writer.message(2, () => {
      writer.stringField(1, metric.name);
      writer.stringField(3, metric.unit);
      writer.message(metric.kind === 'gauge' ? 5 : 7, () => {
        writer.message(1, () => dataPoint(writer, metric, time));
        if (metric.kind === 'gauge') return;
        writer.varintField(2, CUMULATIVE);
        writer.varintField(3, 1);
      });
    });
  }
  return Buffer.from(writer.written);
}

/** `NumberDataPoint` */
function dataPoint(writer: ProtoWriter, { value, attributes = {} }: AgentMetric, { startMs, nowMs }: MetricTime): void {
  writer.fixed64Field(2, BigInt(Math.round(startMs)) * 1_000_000n);
  writer.fixed64Field(3, BigInt(Math.round(nowMs)) * 1_000_000n);
  writer.doubleField(4, value);
  for (const [name, text] of Object.entries(attributes)) {
    writer.message(7, () => {
      writer.stringField(1, name);
      writer.message(2, () => writer.stringField(1, text));
    });
  }
}
