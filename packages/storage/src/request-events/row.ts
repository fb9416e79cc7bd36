import type { ActorKind, AuthEvent, AuthOutcome, RequestEvent, RequestedObject } from '@vedette/protocol';
import type { InsertTarget } from '../database.js';
import { storageError } from '../errors.js';
import { decodeText, tsvText, tsvTextArray } from '../text.js';

/** Where and how rows of request events are inserted; {@link encodeRequestEvents} writes the fields in this order. */
export const REQUEST_EVENTS: InsertTarget = {
  table: 'request_events',
  format: 'TabSeparated',
  columns: [
    'sequence',
    'trace',
    'span',
    'service',
    'instance',
    'start_ms',
    'duration_ms',
    'source',
    'peer',
    'method',
    'host',
    'path',
    'query',
    'route',
    'route_from',
    'operation',
    'status',
    'request_bytes',
    'response_bytes',
    'user_agent',
    'fingerprint',
    'actor',
    'actor_kind',
    'session',
    'auth_event',
    'auth_identifier',
    'auth_outcome',
    'auth_from',
    'auth_attempts',
    'auth_code',
    'object_kinds',
    'object_ids',
    'object_hashes',
    'handed_out',
    'sensitive',
  ],
};

/** What to select for {@link decodeRequestEvent}. */
export const EVENT_COLUMNS = REQUEST_EVENTS.columns
  .map((column) => (column === 'trace' || column === 'span' ? `lower(hex(${column}_id))` : column))
  .join(', ');

/** One selected row, in the order of {@link EVENT_COLUMNS}. */
export type RequestEventRow = readonly [
  sequence: number,
  traceId: string,
  spanId: string,
  service: string,
  instance: string,
  startMs: number,
  durationMs: number,
  source: string,
  peer: string,
  method: string,
  host: string,
  path: string,
  query: string,
  route: string,
  routeFrom: string,
  operation: string,
  status: number,
  requestBytes: number,
  responseBytes: number,
  userAgent: string,
  fingerprint: string,
  actor: string,
  actorKind: string,
  session: string,
  authEvent: string,
  authIdentifier: string,
  authOutcome: string,
  authFrom: string,
  authAttempts: number,
  authCode: string,
  objectKinds: readonly string[],
  objectIds: readonly string[],
  objectHashes: readonly number[],
  handedOut: readonly number[],
  sensitive: Readonly<Record<string, number>>,
];

const UINT16_MAX = 2 ** 16 - 1;
const UINT32_MAX = 2 ** 32 - 1;
/** First instant of the year 2100: partitions are calendar days, and ClickHouse's Date ends not long after. */
const START_MS_END = 4_102_444_800_000;

/** Bytes to start from per row; the buffer grows where rows are longer. */
const TYPICAL_ROW_BYTES = 512;
/** Of one UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/**
 * Rows of the events, numbered from `firstSequence`.
 *
 * @throws VedetteError `VDT_STORAGE_INVALID` when a field has a value that its column cannot keep. Checked here,
 * because in the database one such row would fail everybody's rows in its group
 */
export function encodeRequestEvents(events: readonly RequestEvent[], firstSequence: number): Buffer {
  let buffer = Buffer.allocUnsafe(events.length * TYPICAL_ROW_BYTES);
  let length = 0;
  for (let i = 0; i < events.length; i++) {
    // Row by row into the buffer: a string of all rows is a rope of a million pieces, which the collector keeps tracing.
    const row = encodeRow(events[i]!, firstSequence + i);
    if (length + row.length * MAX_UTF8_BYTES > buffer.length) {
      const larger = Buffer.allocUnsafe(2 * buffer.length + row.length * MAX_UTF8_BYTES);
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    length += buffer.write(row, length, 'utf8');
  }
  return buffer.subarray(0, length);
}

function encodeRow(event: RequestEvent, sequence: number): string {
  if (!TRACE_ID.test(event.traceId)) throw invalid('traceId');
  if (!SPAN_ID.test(event.spanId)) throw invalid('spanId');
  if (!(event.startMs >= 0 && event.startMs < START_MS_END)) throw invalid('startMs');
  if (!Number.isFinite(event.durationMs)) throw invalid('durationMs');
  return `${sequence}\t${event.traceId}\t${event.spanId}\t${tsvText(event.service)}\t${tsvText(event.instance)}\t${
    event.startMs
  }\t${event.durationMs}\t${tsvText(event.source)}\t${tsvText(event.peer)}\t${tsvText(event.method)}\t${tsvText(
    event.host,
  )}\t${tsvText(event.path)}\t${tsvText(event.query)}\t${tsvText(event.route)}\t${event.routeFrom}\t${tsvText(
    event.operation,
  )}\t${unsigned(event.status, UINT16_MAX, 'status')}\t${size(event.requestBytes, 'requestBytes')}\t${size(
    event.responseBytes,
    'responseBytes',
  )}\t${tsvText(event.userAgent)}\t${tsvText(event.fingerprint)}\t${tsvText(event.actor)}\t${
    event.actorKind
  }\t${tsvText(event.session)}\t${event.authEvent}\t${tsvText(event.authIdentifier)}\t${event.authOutcome}\t${
    event.authFrom
  }\t${unsigned(event.authAttempts, UINT32_MAX, 'authAttempts')}\t${tsvText(event.authCode)}\t${encodeObjects(
    event.objects,
  )}\t${unsignedArray(event.handedOut, 'handedOut')}\t${encodeCounts(event.sensitive)}\n`;
}

function encodeObjects(objects: readonly RequestedObject[]): string {
  if (objects.length === 0) return '[]\t[]\t[]';
  const kinds = tsvTextArray(objects.map((object) => object.kind));
  const ids = tsvTextArray(objects.map((object) => object.id));
  const hashes = objects.map((object) => object.hash);
  return `${kinds}\t${ids}\t${unsignedArray(hashes, 'objects.hash')}`;
}

function encodeCounts(counts: Readonly<Record<string, number>>): string {
  let entries = '';
  for (const [kind, count] of Object.entries(counts)) {
    entries += `${entries === '' ? '' : ','}'${tsvText(kind)}':${unsigned(count, UINT32_MAX, 'sensitive')}`;
  }
  return `{${entries}}`;
}

function unsignedArray(values: readonly number[], field: string): string {
  for (const value of values) unsigned(value, UINT32_MAX, field);
  return `[${values.join(',')}]`;
}

function unsigned(value: number, max: number, field: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw invalid(field);
  return value;
}

function size(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < -1) throw invalid(field);
  return value;
}

function invalid(field: string): Error {
  return storageError('VDT_STORAGE_INVALID', `a request event's ${field} cannot be stored`);
}

export function decodeRequestEvent(row: RequestEventRow): RequestEvent {
  const [objectKinds, objectIds, objectHashes, handedOut, sensitive] = [row[30], row[31], row[32], row[33], row[34]];
  return {
    traceId: row[1],
    spanId: row[2],
    service: decodeText(row[3]),
    instance: decodeText(row[4]),
    startMs: row[5],
    durationMs: row[6],
    source: decodeText(row[7]),
    peer: decodeText(row[8]),
    method: decodeText(row[9]),
    host: decodeText(row[10]),
    path: decodeText(row[11]),
    query: decodeText(row[12]),
    route: decodeText(row[13]),
    // Written by this module from values of these types.
    routeFrom: row[14] as RequestEvent['routeFrom'],
    operation: decodeText(row[15]),
    status: row[16],
    requestBytes: row[17],
    responseBytes: row[18],
    userAgent: decodeText(row[19]),
    fingerprint: decodeText(row[20]),
    actor: decodeText(row[21]),
    actorKind: row[22] as ActorKind | '',
    session: decodeText(row[23]),
    authEvent: row[24] as AuthEvent | '',
    authIdentifier: decodeText(row[25]),
    authOutcome: row[26] as AuthOutcome,
    authFrom: row[27] as RequestEvent['authFrom'],
    authAttempts: row[28],
    authCode: decodeText(row[29]),
    objects: objectKinds.map((kind, i) => ({
      kind: decodeText(kind),
      id: decodeText(objectIds[i]!),
      hash: objectHashes[i]!,
    })),
    handedOut,
    sensitive: decodeCounts(sensitive),
  };
}

function decodeCounts(counts: Readonly<Record<string, number>>): Record<string, number> {
  // fromEntries defines its keys, so a kind named `__proto__` is a key like any other.
  return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [decodeText(kind), count]));
}
