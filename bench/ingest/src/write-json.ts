import type { RequestEvent } from '@vedette/protocol';
import { type Attribute, attributesOf, type Body, PLACES } from './span-writer.js';
import { resourceOf } from './write-protobuf.js';

const TRACE = '0'.repeat(32);
const SPAN = '0'.repeat(16);
const NANOS = '0'.repeat(19);

/** An `ExportTraceServiceRequest` of one service's requests, in JSON as SDKs write it. */
export function writeJson(events: readonly RequestEvent[]): Body {
  const places = new Uint32Array(events.length * PLACES);
  const resource = JSON.stringify({ attributes: resourceOf(events[0]!).map(keyValue) });
  let text = `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":{"name":"bench"},"spans":[`;
  for (const [i, event] of events.entries()) {
    text += i === 0 ? '{"traceId":"' : ',{"traceId":"';
    const traceAt = text.length;
    const spanAt = traceAt + TRACE.length + '","spanId":"'.length;
    const name = JSON.stringify(`${event.method} ${event.route}`);
    text += `${TRACE}","spanId":"${SPAN}","name":${name},"kind":2,"startTimeUnixNano":"`;
    const startAt = text.length;
    const endAt = startAt + NANOS.length + '","endTimeUnixNano":"'.length;
    text += `${NANOS}","endTimeUnixNano":"${NANOS}","attributes":${JSON.stringify(attributesOf(event).map(keyValue))}}`;
    places.set([traceAt, spanAt, startAt, endAt], i * PLACES);
  }
  // All of it is ASCII, so that offsets in the text are offsets in the bytes.
  const bytes = Buffer.from(`${text}]}]}]}`, 'latin1');
  return { bytes, kind: 'json', places, durations: Float64Array.from(events, (event) => event.durationMs) };
}

function keyValue([key, value]: Attribute): unknown {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  if (typeof value === 'number') return { key, value: { intValue: String(value) } };
  return { key, value: { arrayValue: { values: value.map((item) => ({ intValue: String(item) })) } } };
}
