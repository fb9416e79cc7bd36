import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyBody,
  bodyOf,
  int,
  ints,
  type KeyValue,
  RequestType,
  ResponseType,
  StatusType,
  serverSpan,
  type TestBody,
  text,
  toJson,
  toProtobuf,
} from '../../test/oracle.js';
import { DEFAULT_LIMITS } from '../limits.js';
import type { RawRequest } from '../raw-request.js';
import { decodeTraces, type OtlpEncoding } from './decode-traces.js';
import { encodeErrorStatus, encodeTraceResponse } from './encode-response.js';

const ENCODERS: [OtlpEncoding, (body: TestBody) => Uint8Array][] = [
  ['protobuf', toProtobuf],
  ['json', toJson],
];

function decoded(body: Uint8Array, encoding: OtlpEncoding) {
  const result = decodeTraces(body, encoding);
  if (!result.ok) throw new Error(result.reason);
  return result;
}

function only(attributes: KeyValue[], encoding: OtlpEncoding = 'protobuf'): RawRequest {
  const body = bodyOf([serverSpan(attributes)]);
  const { requests } = decoded(encoding === 'protobuf' ? toProtobuf(body) : toJson(body), encoding);
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

describe.each(ENCODERS)('%s', (encoding, encode) => {
  test('picks out the stable attributes', () => {
    const body = bodyOf([
      serverSpan([
        text('http.request.method', 'POST'),
        text('url.path', '/orders/17'),
        text('url.query', 'expand=lines'),
        text('http.route', '/orders/:id'),
        int('http.response.status_code', 201),
        text('client.address', '::ffff:203.0.113.7'),
        text('network.peer.address', '10.0.0.2'),
        text('user_agent.original', 'curl/8'),
        int('http.request.body.size', 12),
        int('http.response.body.size', 3456),
        text('server.address', 'API.example.com'),
        text('enduser.pseudo.id', 'A-1'),
        text('session.id', '0123456789abcdef'),
        text('vedette.actor.kind', 'api_key'),
        text('vedette.auth.event', 'login'),
        text('vedette.auth.identifier', 'aaaabbbbccccdddd'),
        text('vedette.auth.outcome', 'failure'),
        int('vedette.auth.attempts', 3),
        ints('vedette.response.object_ids', [1, 4294967295]),
        int('vedette.sensitive.card', 2),
      ]),
    ]);
    const { requests } = decoded(encode(body), encoding);
    expect(requests[0]).toMatchObject({
      service: 'shop',
      startMs: 1_700_000_000_123.4568,
      durationMs: 2.5,
      method: 'POST',
      path: '/orders/17',
      query: 'expand=lines',
      route: '/orders/:id',
      status: 201,
      source: '203.0.113.7',
      peer: '10.0.0.2',
      userAgent: 'curl/8',
      requestBytes: 12,
      responseBytes: 3456,
      host: 'api.example.com',
      enduserPseudoId: 'A-1',
      session: '0123456789abcdef',
      actorKind: 'api_key',
      authEvent: 'login',
      authIdentifier: 'aaaabbbbccccdddd',
      authOutcome: 'failure',
      authAttempts: 3,
      responseObjectIds: [1, 4294967295],
      sensitive: { card: 2 },
    });
  });

  test('counts every span once', () => {
    const http = [text('http.request.method', 'GET'), text('url.path', '/')];
    const body = bodyOf([
      serverSpan(http),
      serverSpan(http, { kind: 3 }),
      serverSpan([text('messaging.system', 'kafka')]),
      serverSpan(http, { traceId: new Uint8Array(16) }),
      serverSpan(http, { traceId: new Uint8Array([1, 2]) }),
      serverSpan(http, { spanId: new Uint8Array(0) }),
      serverSpan(http, { startTimeUnixNano: 0n }),
    ]);
    const result = decoded(encode(body), encoding);
    expect(result).toMatchObject({ received: 7, ignored: 2 });
    expect(result.requests).toHaveLength(1);
    expect(result.rejected).toEqual([
      { reason: 'trace id missing or invalid', count: 2 },
      { reason: 'span id missing or invalid', count: 1 },
      { reason: 'start time missing', count: 1 },
    ]);
  });

  test('keeps to its limits', () => {
    const http = [text('http.request.method', 'GET'), text('url.path', `/${'é'.repeat(5000)}`)];
    const body = encode(bodyOf([serverSpan(http), serverSpan(http), serverSpan(http)]));
    const result = decodeTraces(body, encoding, { ...DEFAULT_LIMITS, maxSpans: 2 });
    expect(result).toMatchObject({ ok: true, received: 3, rejected: [{ count: 1 }] });
    const many = encode(bodyOf([serverSpan([...Array.from({ length: 5 }, (_, i) => text(`k${i}`, 'v')), ...http])]));
    expect(decodeTraces(many, encoding, { ...DEFAULT_LIMITS, maxAttributes: 6 })).toMatchObject({
      requests: [{ method: 'GET', path: '' }],
    });
    expect(decoded(many, encoding).requests[0]?.path).toHaveLength(2048);
  });
});

test('protobuf and JSON decode equally, for any valid body', () => {
  fc.assert(
    fc.property(anyBody, (body) => {
      const fromProtobuf = decodeTraces(toProtobuf(body), 'protobuf');
      expect(fromProtobuf.ok).toBe(true);
      expect(decodeTraces(toJson(body), 'json')).toEqual(fromProtobuf);
    }),
    { numRuns: 300 },
  );
});

test('agrees with protobufjs on what is in a body', () => {
  fc.assert(
    fc.property(anyBody, (body) => {
      const bytes = toProtobuf(body);
      const oracle = RequestType.toObject(RequestType.decode(bytes), { longs: Number, defaults: false }) as TestBody;
      const spans = (oracle.resourceSpans ?? []).flatMap((resource) =>
        (resource.scopeSpans ?? []).flatMap((scope) => scope.spans ?? []),
      );
      const result = decoded(bytes, 'protobuf');
      expect(result.received).toBe(spans.length);
      const rejected = result.rejected.reduce((sum, { count }) => sum + count, 0);
      expect(result.requests.length + result.ignored + rejected).toBe(spans.length);
      const byId = new Map(spans.map((span) => [Buffer.from(span.spanId ?? []).toString('hex'), span]));
      for (const request of result.requests) {
        const span = byId.get(request.spanId)!;
        expect(request.startMs).toBeCloseTo(Number(span.startTimeUnixNano) / 1e6, 2);
        const agents = (span.attributes ?? []).filter(({ key }) => key === 'user_agent.original');
        if (agents.length === 1 && 'stringValue' in (agents[0]!.value ?? {})) {
          expect(request.userAgent).toBe((agents[0]!.value as { stringValue: string }).stringValue);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('mutated protobuf never throws, and a refusal says where', () => {
  const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  let refused = 0;
  fc.assert(
    fc.property(anyBody, fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.nat(), (body, mutations, cut) => {
      const bytes = Buffer.from(toProtobuf(body));
      for (const { at, byte } of mutations) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      const shortened = cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes;
      const result = decodeTraces(shortened, 'protobuf');
      if (!result.ok) {
        refused++;
        expect(result.reason).toMatch(/^malformed protobuf at byte \d+, in (ExportTraceServiceRequest|resource_spans)/);
      }
    }),
    { numRuns: 1000 },
  );
  expect(refused).toBeGreaterThan(100);
});

test('any bytes at all are answered, not thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeTraces(bytes, 'protobuf');
      decodeTraces(bytes, 'json');
    }),
    { numRuns: 500 },
  );
});

test('mutated JSON never throws, and a refusal says where', () => {
  fc.assert(
    fc.property(anyBody, fc.nat(), fc.constantFrom('{', '}', '[', '"', ',', '0', 'null', '\\'), (body, at, piece) => {
      const json = Buffer.from(toJson(body)).toString();
      const position = at % (json.length + 1);
      const result = decodeTraces(Buffer.from(json.slice(0, position) + piece + json.slice(position)), 'json');
      if (!result.ok) expect(result.reason).toMatch(/position \d+|resourceSpans|\$/);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}', 'resourceSpans[0].scopeSpans[0].spans: expected an array'],
  ['{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}', 'resourceSpans[0].scopeSpans[0].spans[0]: expected an object'],
  ['{"resourceSpans":7}', '$.resourceSpans: expected an array'],
  ['[]', '$: expected an object'],
  ['{"resourceSpans":[}', 'unexpected "}" at position 18'],
  ['{"resourceSpans":[', 'unexpected end at position 18'],
])('says what is wrong with %s', (json, where) => {
  const result = decodeTraces(Buffer.from(json), 'json');
  expect(result.ok ? '' : result.reason).toContain(where);
});

test('says where protobuf breaks off', () => {
  const bytes = toProtobuf(bodyOf([serverSpan([text('http.request.method', 'GET')])]));
  const broken = Buffer.from(bytes);
  broken[broken.length - 4] = 0x7f;
  expect(decodeTraces(broken, 'protobuf')).toEqual({
    ok: false,
    reason: expect.stringMatching(
      /^malformed protobuf at byte \d+, in resource_spans\[0\]\.scope_spans\[0\]\.spans\[0\]\.attributes\[0\]: says 127 bytes, but only \d+ are left$/,
    ),
  });
});

describe('older and other senders', () => {
  test('names of the semantic conventions before 1.23', () => {
    const request = only([
      text('http.method', 'get'),
      text('http.target', '/a/b?x=1'),
      text('http.host', 'shop.example:8080'),
      { key: 'http.status_code', value: { stringValue: '404' } },
      text('net.sock.peer.addr', '[2001:DB8:0::7]:51234'),
      text('http.user_agent', 'okhttp/4'),
      int('http.response_content_length', 99),
    ]);
    expect(request).toMatchObject({
      method: 'GET',
      path: '/a/b',
      query: 'x=1',
      host: 'shop.example',
      status: 404,
      source: '2001:db8::7',
      userAgent: 'okhttp/4',
      responseBytes: 99,
    });
  });

  test('a body as the Python SDK sends it in JSON: text numbers, upper-case ids, kind by name', () => {
    const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"billing"}},
      {"key":"telemetry.sdk.language","value":{"stringValue":"python"}}]},"scopeSpans":[{"scope":{"name":"opentelemetry.instrumentation.flask"},
      "spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","parentSpanId":"","name":"GET /invoices/<int:id>",
      "kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"unknownField":{"a":[1]},
      "attributes":[{"key":"http.method","value":{"stringValue":"GET"}},{"key":"http.route","value":{"stringValue":"/invoices/<int:id>"}},
      {"key":"http.target","value":{"stringValue":"/invoices/7"}},{"key":"http.status_code","value":{"intValue":"200"}},
      {"key":"net.peer.ip","value":{"stringValue":"198.51.100.4"}},{"key":"http.flavor","value":{"stringValue":"1.1"}}],
      "status":{}}]}]}]}`;
    expect(decoded(Buffer.from(body), 'json').requests).toMatchObject([
      {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        service: 'billing',
        startMs: 1_544_712_660_000,
        durationMs: 1000,
        status: 200,
        path: '/invoices/7',
        route: '/invoices/<int:id>',
        source: '198.51.100.4',
      },
    ]);
  });

  test('a resource that stands behind its spans', () => {
    const spans = RequestType.encode(
      RequestType.fromObject({
        resourceSpans: [{ scopeSpans: [{ spans: [spanWithTimes()] }] }],
      }),
    ).finish();
    const resource = RequestType.encode(
      RequestType.fromObject({ resourceSpans: [{ resource: { attributes: [text('service.name', 'late')] } }] }),
    ).finish();
    const inner = Buffer.concat([spans.subarray(2), resource.subarray(2)]);
    expect(spans[1]).toBeLessThan(0x80);
    const body = Buffer.concat([Buffer.from([0x0a, (inner.length & 0x7f) | 0x80, inner.length >> 7]), inner]);
    expect(decoded(body, 'protobuf').requests[0]?.service).toBe('late');
  });

  test('a gRPC span is a request with a translated status', () => {
    expect(
      only([
        text('rpc.system', 'grpc'),
        text('rpc.service', 'shop.Orders'),
        text('rpc.method', 'Get'),
        int('rpc.grpc.status_code', 7),
      ]),
    ).toMatchObject({ method: 'POST', path: '/shop.Orders/Get', rpcOperation: 'shop.Orders/Get', status: 403 });
    expect(
      only([
        text('rpc.system.name', 'connect_rpc'),
        text('rpc.method', 'shop.Orders/Get'),
        text('rpc.response.status_code', 'unauthenticated'),
      ]),
    ).toMatchObject({ rpcOperation: 'shop.Orders/Get', status: 401 });
  });

  test('a forwarding header is not believed; the socket is', () => {
    const request = only([
      text('http.request.method', 'GET'),
      text('url.path', '/'),
      { key: 'http.request.header.x_forwarded_for', value: { arrayValue: { values: [{ stringValue: '1.1.1.1' }] } } },
      text('client.address', 'unknown'),
      text('network.peer.address', '192.0.2.9'),
    ]);
    expect(request.source).toBe('192.0.2.9');
  });
});

test('answers are what the oracle reads', () => {
  const partial = { spans: 300, message: 'trace id missing – 300×' };
  const response = ResponseType.toObject(ResponseType.decode(encodeTraceResponse('protobuf', partial)), {
    longs: Number,
  });
  expect(response).toEqual({ partialSuccess: { rejectedSpans: 300, errorMessage: partial.message } });
  expect(encodeTraceResponse('protobuf')).toHaveLength(0);
  expect(JSON.parse(Buffer.from(encodeTraceResponse('json', partial)).toString())).toEqual({
    partialSuccess: { rejectedSpans: '300', errorMessage: partial.message },
  });
  expect(Buffer.from(encodeTraceResponse('json')).toString()).toBe('{}');
  expect(StatusType.toObject(StatusType.decode(encodeErrorStatus('protobuf', 'no')))).toEqual({ message: 'no' });
  expect(JSON.parse(Buffer.from(encodeErrorStatus('json', 'no')).toString())).toEqual({ message: 'no' });
});

function spanWithTimes(): object {
  const span = serverSpan([text('url.path', '/')]);
  return { traceId: span.traceId, spanId: span.spanId, kind: 2, startTimeUnixNano: 1, attributes: span.attributes };
}
