import protobuf from 'protobufjs';

/** A span as an independent decoder reads it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
  readonly attributes: Readonly<Record<string, string | number | number[]>>;
  readonly resource: Readonly<Record<string, string | number | number[]>>;
}

/** The messages of opentelemetry/proto/trace/v1 that a receiver needs. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message ArrayValue { repeated AnyValue values = 1; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; }
  }
`);
const ExportRequest = root.lookupType('ExportTraceServiceRequest');

interface WireValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly arrayValue?: { readonly values?: readonly WireValue[] };
}

interface WireRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly WireAttribute[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
  }[];
}

interface WireAttribute {
  readonly key: string;
  readonly value: WireValue;
}

interface WireSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes?: readonly WireAttribute[];
  readonly status?: { readonly code?: number };
}

/** @throws on anything that is not an `ExportTraceServiceRequest` */
export function decodeTraces(body: Buffer): ReceivedSpan[] {
  const request = ExportRequest.toObject(ExportRequest.decode(body), { longs: Number }) as WireRequest;
  const spans: ReceivedSpan[] = [];
  for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
    for (const span of scopeSpans.flatMap((scope) => scope.spans ?? [])) {
      spans.push({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: span.parentSpanId ? hex(span.parentSpanId) : '',
        name: span.name,
        kind: span.kind,
        startMs: span.startTimeUnixNano / 1e6,
        endMs: span.endTimeUnixNano / 1e6,
        status: span.status?.code ?? 0,
        attributes: toRecord(span.attributes),
        resource: toRecord(resource?.attributes),
      });
    }
  }
  return spans;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function toRecord(attributes: readonly WireAttribute[] = []): Record<string, string | number | number[]> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toValue(value)]));
}

function toValue({ stringValue, intValue, arrayValue }: WireValue): string | number | number[] {
  if (stringValue !== undefined) return stringValue;
  if (intValue !== undefined) return intValue;
  return (arrayValue?.values ?? []).map((value) => Number(toValue(value)));
}
