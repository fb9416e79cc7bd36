import protobuf from 'protobufjs';

/** What an `ExportMetricsServiceRequest` says, as an independent decoder reads it. */
export interface ReceivedMetrics {
  readonly resource: Readonly<Record<string, string>>;
  /** Value by the metric's name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Names of the cumulative, monotonic sums among them. */
  readonly counts: readonly string[];
  /** Attributes of all data points. */
  readonly words: Readonly<Record<string, string>>;
}

/** The messages of opentelemetry/proto/metrics/v1 that a receiver needs. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; } }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
  message NumberDataPoint {
    fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; double as_double = 4; repeated KeyValue attributes = 7;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
`);
const ExportRequest = root.lookupType('ExportMetricsServiceRequest');

interface WireAttribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

interface WireData {
  readonly dataPoints: readonly { readonly asDouble: number; readonly attributes: readonly WireAttribute[] }[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

interface WireRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly name: string; readonly gauge?: WireData; readonly sum?: WireData }[];
    }[];
  }[];
}

/** @throws on anything that is not an `ExportMetricsServiceRequest` of one resource */
export function decodeMetrics(body: Buffer): ReceivedMetrics {
  const request = ExportRequest.toObject(ExportRequest.decode(body), { arrays: true, longs: Number }) as WireRequest;
  const [{ resource, scopeMetrics } = { resource: { attributes: [] }, scopeMetrics: [] }] = request.resourceMetrics;
  const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
  const points = metrics.map(({ name, gauge, sum }) => ({ name, point: (gauge ?? sum)?.dataPoints[0] }));
  return {
    resource: toRecord(resource.attributes),
    numbers: Object.fromEntries(points.map(({ name, point }) => [name, point?.asDouble ?? 0])),
    counts: metrics.filter(({ sum }) => sum?.aggregationTemporality === 2 && sum.isMonotonic).map(({ name }) => name),
    words: toRecord(points.flatMap(({ point }) => point?.attributes ?? [])),
  };
}

function toRecord(attributes: readonly WireAttribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
}
