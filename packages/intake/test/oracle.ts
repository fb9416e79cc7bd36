import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import protobuf from 'protobufjs';

const source = readFileSync(fileURLToPath(new URL('otlp.proto', import.meta.url)), 'utf8');
const root = protobuf.parse(source, { keepCase: false }).root;

export const RequestType = root.lookupType('otlp.ExportTraceServiceRequest');
export const ResponseType = root.lookupType('otlp.ExportTraceServiceResponse');
export const StatusType = root.lookupType('otlp.RpcStatus');

export type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: number }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
  | { bytesValue: Uint8Array };

export interface KeyValue {
  key: string;
  value: AnyValue;
}

export interface TestSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  name: string;
  kind: number;
  startTimeUnixNano: bigint;
  endTimeUnixNano: bigint;
  attributes: KeyValue[];
  events?: { name: string; attributes: KeyValue[] }[];
}

export interface TestBody {
  resourceSpans: { resource?: { attributes: KeyValue[] }; scopeSpans: { spans: TestSpan[] }[] }[];
}

/** The body in protobuf, written by protobufjs. */
export function toProtobuf(body: TestBody): Uint8Array {
  const plain = {
    resourceSpans: body.resourceSpans.map((resource) => ({
      ...resource,
      scopeSpans: resource.scopeSpans.map((scope) => ({
        spans: scope.spans.map((span) => ({
          ...span,
          startTimeUnixNano: long(span.startTimeUnixNano),
          endTimeUnixNano: long(span.endTimeUnixNano),
        })),
      })),
    })),
  };
  return RequestType.encode(RequestType.fromObject(plain)).finish();
}

/** The body in OTLP/JSON, as the specification maps it. */
export function toJson(body: TestBody): Uint8Array {
  return Buffer.from(
    JSON.stringify(body, (_key, value: unknown) => {
      if (typeof value === 'bigint') return value.toString();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
      return value;
    }),
  );
}

export function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}

export function int(key: string, intValue: number): KeyValue {
  return { key, value: { intValue } };
}

export function ints(key: string, values: number[]): KeyValue {
  return { key, value: { arrayValue: { values: values.map((intValue) => ({ intValue })) } } };
}

let made = 0;

/** A server span with these attributes. */
export function serverSpan(attributes: KeyValue[], overrides: Partial<TestSpan> = {}): TestSpan {
  made++;
  const traceId = new Uint8Array(16);
  const spanId = new Uint8Array(8);
  new DataView(traceId.buffer).setUint32(12, made);
  new DataView(spanId.buffer).setUint32(4, made);
  return {
    traceId,
    spanId,
    name: 'GET',
    kind: 2,
    startTimeUnixNano: 1_700_000_000_123_456_789n,
    endTimeUnixNano: 1_700_000_000_125_956_789n,
    attributes,
    ...overrides,
  };
}

export function bodyOf(spans: TestSpan[], service = 'shop'): TestBody {
  return {
    resourceSpans: [{ resource: { attributes: [text('service.name', service)] }, scopeSpans: [{ spans }] }],
  };
}

function long(value: bigint): { low: number; high: number; unsigned: true } {
  return { low: Number(value & 0xffffffffn) | 0, high: Number(value >> 32n) | 0, unsigned: true };
}

const WANTED = [
  'http.request.method',
  'http.method',
  'url.path',
  'url.query',
  'http.target',
  'http.url',
  'http.route',
  'http.response.status_code',
  'http.status_code',
  'client.address',
  'network.peer.address',
  'net.peer.ip',
  'user_agent.original',
  'http.request.body.size',
  'http.response.body.size',
  'enduser.id',
  'enduser.pseudo.id',
  'session.id',
  'rpc.service',
  'rpc.method',
  'rpc.grpc.status_code',
  'vedette.auth.event',
  'vedette.auth.attempts',
  'vedette.response.object_ids',
  'vedette.sensitive.card',
  'vedette.sensitive.email',
];

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 40 });
const scalar: fc.Arbitrary<AnyValue> = fc.oneof(
  wellFormed.map((stringValue) => ({ stringValue })),
  fc
    .constantFrom('GET', 'post', '/orders/17?x=1', '192.0.2.7', '2001:DB8::1', '200')
    .map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.maxSafeInteger().map((intValue) => ({ intValue })),
  fc.integer({ min: 0, max: 700 }).map((intValue) => ({ intValue })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
);
const anyValue: fc.Arbitrary<AnyValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 6 }).map((values) => ({ arrayValue: { values } })) },
);
const keyValues = fc.array(
  fc.record({ key: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...WANTED) }, wellFormed), value: anyValue }),
  { maxLength: 14 },
);
// protobufjs writes 64-bit integers through doubles here, so only such values are comparable.
const nanos = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }).map((value) => BigInt(Number(value)));
const id = (length: number) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.uint8Array({ minLength: length, maxLength: length }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  );

/** Any valid trace body, with wanted and unwanted attributes of every type, and ids that are now and then invalid. */
export const anyBody: fc.Arbitrary<TestBody> = fc.record({
  resourceSpans: fc.array(
    fc.record(
      {
        resource: fc.record({
          attributes: fc.array(
            fc.record({ key: fc.constantFrom('service.name', 'service.instance.id', 'host.name', 'x'), value: scalar }),
            { maxLength: 4 },
          ),
        }),
        scopeSpans: fc.array(
          fc.record({
            spans: fc.array(
              fc.record(
                {
                  traceId: id(16),
                  spanId: id(8),
                  name: wellFormed,
                  kind: fc.oneof({ weight: 4, arbitrary: fc.constant(2) }, fc.integer({ min: 0, max: 5 })),
                  startTimeUnixNano: nanos,
                  endTimeUnixNano: nanos,
                  attributes: keyValues,
                  events: fc.array(fc.record({ name: wellFormed, attributes: keyValues }), { maxLength: 2 }),
                },
                {
                  requiredKeys: [
                    'traceId',
                    'spanId',
                    'name',
                    'kind',
                    'startTimeUnixNano',
                    'endTimeUnixNano',
                    'attributes',
                  ],
                },
              ),
              { maxLength: 5 },
            ),
          }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: ['scopeSpans'] },
    ),
    { maxLength: 3 },
  ),
});
