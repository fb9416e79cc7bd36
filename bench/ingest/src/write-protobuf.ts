import type { RequestEvent } from '@vedette/protocol';
import { type Attribute, attributesOf, type Body, PLACES } from './span-writer.js';

/** An `ExportTraceServiceRequest` of one service's requests. Field numbers: opentelemetry-proto 1.x. */
export function writeProtobuf(events: readonly RequestEvent[]): Body {
  const places = new Uint32Array(events.length * PLACES);
  const spans: Buffer[] = [];
  let length = 0;
  for (const [i, event] of events.entries()) {
    const attributes = attributesOf(event).map((attribute) => field(9, keyValue(attribute)));
    const name = field(5, Buffer.from(`${event.method} ${event.route}`));
    const fixed = Buffer.alloc(FIXED_BYTES);
    fixed.set([0x0a, 16], 0);
    fixed.set([0x12, 8], TRACE_AT + 16);
    fixed.set([6 << 3, 2], SPAN_AT + 8);
    fixed[START_AT - 1] = (7 << 3) | 1;
    fixed[END_AT - 1] = (8 << 3) | 1;
    const span = field(2, Buffer.concat([fixed, name, ...attributes]));
    const at = length + span.length - attributes.reduce((sum, one) => sum + one.length, 0) - name.length - FIXED_BYTES;
    places.set([at + TRACE_AT, at + SPAN_AT, at + START_AT, at + END_AT], i * PLACES);
    spans.push(span);
    length += span.length;
  }
  const resource = field(1, Buffer.concat(resourceOf(events[0]!).map((attribute) => field(1, keyValue(attribute)))));
  const scope = field(2, Buffer.concat(spans));
  const bytes = field(1, Buffer.concat([resource, scope]));
  const before = bytes.length - length;
  for (let i = 0; i < places.length; i++) places[i]! += before;
  return { bytes, kind: 'protobuf', places, durations: Float64Array.from(events, (event) => event.durationMs) };
}

/** What the spans of one service instance have in common. */
export function resourceOf(event: RequestEvent): Attribute[] {
  return [
    ['service.name', event.service],
    ['service.instance.id', event.instance],
    ['telemetry.sdk.language', 'nodejs'],
  ];
}

const TRACE_AT = 2;
const SPAN_AT = TRACE_AT + 16 + 2;
const START_AT = SPAN_AT + 8 + 2 + 1;
const END_AT = START_AT + 8 + 1;
const FIXED_BYTES = END_AT + 8;

function keyValue([name, value]: Attribute): Buffer {
  return Buffer.concat([field(1, Buffer.from(name)), field(2, anyValue(value))]);
}

function anyValue(value: Attribute[1]): Buffer {
  if (typeof value === 'string') return field(1, Buffer.from(value));
  if (typeof value === 'number') return Buffer.from([3 << 3, ...varint(value)]);
  return field(5, Buffer.concat(value.map((item) => field(1, Buffer.from([3 << 3, ...varint(item)])))));
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
