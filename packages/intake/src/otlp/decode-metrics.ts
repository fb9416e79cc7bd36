import { jsonExcess } from '../json-bounds.js';
import type { OtlpEncoding } from './decode-traces.js';
import { WireError, WireReader } from './wire-reader.js';

/** What one agent told of itself: its resource, and its numbers and words below {@link AGENT_PREFIX}. */
export interface AgentReport {
  readonly resource: ReadonlyMap<string, string>;
  /** Newest value by the metric's name without the prefix. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Text attributes of its metrics. */
  readonly words: ReadonlyMap<string, string>;
  /** Since when its counts run, Unix ms; 0 where it did not say. */
  readonly startMs: number;
}

export type MetricsResult =
  | { readonly ok: true; readonly reports: readonly AgentReport[] }
  | { readonly ok: false; readonly reason: string };

/** Names of the metrics that agents tell of themselves. */
export const AGENT_PREFIX = 'vedette.agent.';
/** Agents in one body, entries kept of each, and length of each text; more is left out. */
const MAX_REPORTS = 256;
const MAX_ENTRIES = 64;
const MAX_TEXT = 256;

/**
 * Reads what agents tell of themselves from an OTLP metrics body (`ExportMetricsServiceRequest`); all other metrics are
 * skipped. Never throws: a malformed body gives a reason.
 */
export function decodeAgentMetrics(body: Uint8Array, encoding: OtlpEncoding): MetricsResult {
  try {
    return { ok: true, reports: encoding === 'protobuf' ? fromProtobuf(body) : fromJson(body) };
  } catch (error) {
    if (error instanceof WireError) {
      return { ok: false, reason: `malformed protobuf at byte ${error.offset}: ${error.message}` };
    }
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return { ok: false, reason: `malformed JSON: ${error.message}` };
    }
    throw error;
  }
}

/** A report that is being read. */
class Draft implements AgentReport {
  readonly resource = new Map<string, string>();
  readonly numbers = new Map<string, number>();
  readonly words = new Map<string, string>();
  startMs = 0;
}

function put<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.has(key) || map.size < MAX_ENTRIES) map.set(key.slice(0, MAX_TEXT), value);
}

/** Reads each field of a message: `read` is told the tag, and reads or leaves the field. */
function eachField(wire: WireReader, end: number, read: (tag: number) => boolean): void {
  while (wire.position < end) {
    const tag = wire.varint32(end);
    if (tag >>> 3 === 0) throw new WireError('field number 0', wire.position);
    if (!read(tag)) wire.skip(tag & 7, end);
  }
}

function text(wire: WireReader, limit: number): string {
  const end = wire.lengthDelimited(limit);
  const value = wire.bytes.toString('utf8', wire.position, Math.min(end, wire.position + 4 * MAX_TEXT));
  wire.position = end;
  return value.slice(0, MAX_TEXT);
}

function fromProtobuf(body: Uint8Array): AgentReport[] {
  const wire = new WireReader(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  const reports: AgentReport[] = [];
  eachField(wire, body.byteLength, (tag) => {
    if (tag !== 0x0a) return false;
    const end = wire.lengthDelimited(body.byteLength);
    const draft = new Draft();
    eachField(wire, end, (inner) => {
      if (inner !== 0x0a && inner !== 0x12) return false;
      const innerEnd = wire.lengthDelimited(end);
      if (inner === 0x0a) attributes(wire, innerEnd, 0x0a, draft.resource);
      else scopeMetrics(wire, innerEnd, draft);
      return true;
    });
    if (draft.numbers.size > 0 && reports.length < MAX_REPORTS) reports.push(draft);
    return true;
  });
  return reports;
}

/** `KeyValue` entries with text values, in the fields with this tag. */
function attributes(wire: WireReader, end: number, wanted: number, into: Map<string, string>): void {
  eachField(wire, end, (tag) => {
    if (tag !== wanted) return false;
    attribute(wire, wire.lengthDelimited(end), into);
    return true;
  });
}

function attribute(wire: WireReader, end: number, into: Map<string, string>): void {
  let key = '';
  let value: string | undefined;
  eachField(wire, end, (tag) => {
    if (tag === 0x0a) key = text(wire, end);
    else if (tag === 0x12) {
      const valueEnd = wire.lengthDelimited(end);
      eachField(wire, valueEnd, (inner) => {
        if (inner !== 0x0a) return false;
        value = text(wire, valueEnd);
        return true;
      });
    } else return false;
    return true;
  });
  if (value !== undefined) put(into, key, value);
}

function scopeMetrics(wire: WireReader, end: number, draft: Draft): void {
  eachField(wire, end, (tag) => {
    if (tag !== 0x12) return false;
    const metricEnd = wire.lengthDelimited(end);
    let name = '';
    eachField(wire, metricEnd, (inner) => {
      if (inner === 0x0a) name = text(wire, metricEnd);
      else if ((inner === 0x2a || inner === 0x3a) && name.startsWith(AGENT_PREFIX)) {
        const dataEnd = wire.lengthDelimited(metricEnd);
        eachField(wire, dataEnd, (point) => {
          if (point !== 0x0a) return false;
          dataPoint(wire, wire.lengthDelimited(dataEnd), { name, draft });
          return true;
        });
      } else return false;
      return true;
    });
    return true;
  });
}

function dataPoint(wire: WireReader, end: number, { name, draft }: { name: string; draft: Draft }): void {
  eachField(wire, end, (tag) => {
    if (tag === 0x11) {
      const low = wire.fixed64(end);
      draft.startMs = (wire.high * 4294967296 + low) / 1e6;
    } else if (tag === 0x21) put(draft.numbers, name.slice(AGENT_PREFIX.length), wire.double(end));
    else if (tag === 0x31) {
      const low = wire.fixed64(end);
      put(draft.numbers, name.slice(AGENT_PREFIX.length), (wire.high | 0) * 4294967296 + low);
    } else if (tag === 0x3a) attribute(wire, wire.lengthDelimited(end), draft.words);
    else return false;
    return true;
  });
}

/** A JSON object of the body, of which nothing is known. */
type Loose = { readonly [name: string]: unknown } | undefined;

const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value : []);

function fromJson(body: Uint8Array): AgentReport[] {
  const excess = jsonExcess(body);
  if (excess !== undefined) throw new SyntaxError(excess);
  const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('the body is no object');
  const reports: AgentReport[] = [];
  for (const one of list((parsed as Loose)?.resourceMetrics).slice(0, MAX_REPORTS)) {
    const draft = new Draft();
    texts((one?.resource as Loose)?.attributes, draft.resource);
    for (const scope of list(one?.scopeMetrics)) for (const metric of list(scope?.metrics)) jsonMetric(metric, draft);
    if (draft.numbers.size > 0) reports.push(draft);
  }
  return reports;
}

function jsonMetric(metric: Loose, draft: Draft): void {
  const name = metric?.name;
  if (typeof name !== 'string' || !name.startsWith(AGENT_PREFIX)) return;
  for (const point of list(((metric?.gauge ?? metric?.sum) as Loose)?.dataPoints)) {
    const value = Number(point?.asDouble ?? point?.asInt);
    if (!Number.isFinite(value)) continue;
    put(draft.numbers, name.slice(AGENT_PREFIX.length), value);
    texts(point?.attributes, draft.words);
    const startMs = Number(point?.startTimeUnixNano) / 1e6;
    if (startMs > 0) draft.startMs = startMs;
  }
}

function texts(entries: unknown, into: Map<string, string>): void {
  for (const entry of list(entries)) {
    const value = (entry?.value as Loose)?.stringValue;
    if (typeof entry?.key === 'string' && typeof value === 'string') put(into, entry.key, value.slice(0, MAX_TEXT));
  }
}
