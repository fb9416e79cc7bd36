/** A server span as its sender makes it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  /** By the sender's clock, Unix ms. */
  readonly startMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** OTLP/JSON of spans in their order. */
export function otlpJson(spans: readonly Span[]): string {
  const services = new Map<string, Span[]>();
  for (const span of spans) {
    const known = services.get(span.service);
    if (known === undefined) services.set(span.service, [span]);
    else known.push(span);
  }
  return JSON.stringify({
    resourceSpans: [...services].map(([service, ofService]) => ({
      resource: { attributes: attributes({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'chaos' }, spans: ofService.map(toOtlp) }],
    })),
  });
}

function toOtlp({ traceId, spanId, startMs, attributes: values }: Span) {
  const startNs = BigInt(Math.round(startMs)) * 1_000_000n;
  return {
    traceId,
    spanId,
    name: 'request',
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 5_000_000n),
    attributes: attributes(values),
  };
}

function attributes(values: Readonly<Record<string, string | number>>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}
