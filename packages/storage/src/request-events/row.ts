import type { ActorKind, AuthEvent, AuthOutcome, RequestEvent, RequestedObject } from '@vedette/protocol';
import type { InsertTarget } from '../database.js';
import { storageError } from '../errors.js';
import { decodeText } from '../text.js';
import { RowBinaryWriter } from './row-binary.js';

/** Where and how rows of request events are inserted; {@link encodeRequestEvents} writes the fields in this order. */
export const REQUEST_EVENTS: InsertTarget = {
  table: 'request_events',
  format: 'RowBinary',
  columns: [
    'sequence',
    'trace_id',
    'span_id',
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
  .map((column) => (column === 'trace_id' || column === 'span_id' ? `lower(hex(${column}))` : column))
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

/** Numbers of the Enum8 columns, as the migrations have them. */
const ROUTE_FROM: Readonly<Record<RequestEvent['routeFrom'], number>> = { '': 0, span: 1, learned: 2 };
const ACTOR_KIND: Readonly<Record<ActorKind | '', number>> = { '': 0, user: 1, api_key: 2, session: 3 };
const AUTH_EVENT: Readonly<Record<AuthEvent | '', number>> = { '': 0, login: 1, signup: 2, reset: 3, otp: 4 };
const AUTH_OUTCOME: Readonly<Record<AuthOutcome, number>> = { '': 0, success: 1, failure: 2 };
const AUTH_FROM: Readonly<Record<RequestEvent['authFrom'], number>> = { '': 0, agent: 1, inferred: 2 };

const writer = new RowBinaryWriter();

/**
 * Rows of the events, numbered from `firstSequence`.
 *
 * @throws VedetteError `VDT_STORAGE_INVALID` when a field has a value that its column cannot keep. Checked here,
 * because in the database one such row would fail everybody's rows in its group
 */
export function encodeRequestEvents(events: readonly RequestEvent[], firstSequence: number): Buffer {
  try {
    for (let i = 0; i < events.length; i++) writeRow(events[i]!, firstSequence + i);
    return writer.take();
  } catch (error) {
    writer.clear();
    throw error;
  }
}

/** Fields in the order of {@link REQUEST_EVENTS}. */
function writeRow(event: RequestEvent, sequence: number): void {
  const { startMs, durationMs } = event;
  writer.int64(sequence);
  if (!writer.hex(event.traceId, 16)) throw invalid('traceId');
  if (!writer.hex(event.spanId, 8)) throw invalid('spanId');
  writer.text(event.service);
  writer.text(event.instance);
  if (!(startMs >= 0 && startMs < START_MS_END)) throw invalid('startMs');
  writer.float64(startMs);
  if (!Number.isFinite(durationMs)) throw invalid('durationMs');
  writer.float64(durationMs);
  writer.text(event.source);
  writer.text(event.peer);
  writer.text(event.method);
  writer.text(event.host);
  writer.text(event.path);
  writer.text(event.query);
  writer.text(event.route);
  writer.uint8(ROUTE_FROM[event.routeFrom]);
  writer.text(event.operation);
  writer.uint16(unsigned(event.status, UINT16_MAX, 'status'));
  writer.int64(size(event.requestBytes, 'requestBytes'));
  writer.int64(size(event.responseBytes, 'responseBytes'));
  writer.text(event.userAgent);
  writer.text(event.fingerprint);
  writer.text(event.actor);
  writer.uint8(ACTOR_KIND[event.actorKind]);
  writer.text(event.session);
  writer.uint8(AUTH_EVENT[event.authEvent]);
  writer.text(event.authIdentifier);
  writer.uint8(AUTH_OUTCOME[event.authOutcome]);
  writer.uint8(AUTH_FROM[event.authFrom]);
  writer.uint32(unsigned(event.authAttempts, UINT32_MAX, 'authAttempts'));
  writer.text(event.authCode);
  writeObjects(event.objects);
  writer.size(event.handedOut.length);
  for (const hash of event.handedOut) writer.uint32(unsigned(hash, UINT32_MAX, 'handedOut'));
  writeCounts(event.sensitive);
}

/** Three columns. */
function writeObjects(objects: readonly RequestedObject[]): void {
  writer.size(objects.length);
  for (const { kind } of objects) writer.text(kind);
  writer.size(objects.length);
  for (const { id } of objects) writer.text(id);
  writer.size(objects.length);
  for (const { hash } of objects) writer.uint32(unsigned(hash, UINT32_MAX, 'objects.hash'));
}

function writeCounts(counts: Readonly<Record<string, number>>): void {
  const kinds = Object.keys(counts);
  writer.size(kinds.length);
  for (const kind of kinds) {
    writer.text(kind);
    writer.uint32(unsigned(counts[kind]!, UINT32_MAX, 'sensitive'));
  }
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
