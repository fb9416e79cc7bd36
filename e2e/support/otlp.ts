import { randomBytes } from 'node:crypto';
import { INGEST_TOKEN } from './collector.js';

/** A server span as a hand-written OTLP/JSON exporter would put it. */
export interface TestSpan {
  service?: string;
  atMs?: number;
  attributes: Record<string, string | number>;
  traceId?: string;
  spanId?: string;
}

/** OTLP/JSON body with one resource per service. */
export function otlpJson(spans: readonly TestSpan[]): string {
  const services = new Map<string, TestSpan[]>();
  for (const span of spans) {
    const service = span.service ?? 'api';
    services.set(service, [...(services.get(service) ?? []), span]);
  }
  return JSON.stringify({
    resourceSpans: [...services].map(([service, ofService]) => ({
      resource: { attributes: attributes({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'test' }, spans: ofService.map(toSpan) }],
    })),
  });
}

/** Posts a body to `/v1/traces`. */
export function postTraces(
  collector: { url: string },
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${INGEST_TOKEN}`, ...headers },
    body,
  });
}

/** Attributes of a login as our agent sends it. */
export function login(source: string, identifier: string, outcome: 'success' | 'failure'): TestSpan['attributes'] {
  return {
    'http.request.method': 'POST',
    'url.path': '/login',
    'http.route': '/login',
    'http.response.status_code': outcome === 'success' ? 200 : 401,
    'client.address': source,
    'user_agent.original': 'python-requests/2.32',
    'http.request.body.size': 60 + (identifier.length % 7),
    'vedette.auth.event': 'login',
    'vedette.auth.identifier': identifier,
    'vedette.auth.outcome': outcome,
  };
}

function toSpan(span: TestSpan) {
  const startNs = BigInt(Math.round(span.atMs ?? Date.now())) * 1_000_000n;
  return {
    traceId: span.traceId ?? randomBytes(16).toString('hex'),
    spanId: span.spanId ?? randomBytes(8).toString('hex'),
    name: 'request',
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 5_000_000n),
    attributes: attributes(span.attributes),
  };
}

function attributes(values: Record<string, string | number>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}
