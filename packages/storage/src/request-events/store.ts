import { type RequestEvent, requestEventKey, type TrafficStats } from '@vedette/protocol';
import type { Database } from '../database.js';
import { type Backlog, createGroupWriter } from '../group-writer.js';
import { createSequenceClock } from '../sequence-clock.js';
import { doubleBits, doubleParam } from './exact-double.js';
import { type PageRequest, type RequestFilter, type RequestPage, readPage } from './page.js';
import { decodeRequestEvent, EVENT_COLUMNS, encodeRequestEvents, REQUEST_EVENTS, type RequestEventRow } from './row.js';
import { walkBySequence } from './walk.js';

/** Which request events to walk over; bounds are Unix ms. */
export interface ScanRange {
  /** Start of the request, inclusive. */
  readonly fromMs: number;
  /** Start of the request, exclusive; default: no end. */
  readonly toMs?: number;
  /**
   * Only events stored after this position, as {@link RequestEventStore.append} returned it; default 0. A snapshot of
   * state that remembers the position of what it covers needs only the events after it.
   */
  readonly afterPosition?: number;
  /** Only events stored up to this position; default: no end. */
  readonly throughPosition?: number;
}

/** Events in the order of storing, and the position of the last of them. */
export interface ScannedBatch {
  readonly events: readonly RequestEvent[];
  readonly position: number;
}

export interface RequestEventStats {
  readonly requestEvents: number;
  /** Start of the oldest and newest request, Unix ms; `null` when there are none. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

export interface RequestEventStore {
  /**
   * Resolves once the events are durable, in one insert together with other appends of the same moment; appends are
   * stored, and resolve, in the order of the calls.
   *
   * @returns the position of the last of them in the order of storing, for {@link ScanRange.afterPosition}
   * @throws VedetteError `VDT_STORAGE_BUSY` when too much waits already; `VDT_STORAGE_INVALID` for a value that cannot be
   * stored; otherwise what the database said. None of the events is stored then, unless the connection to a server broke
   * in the middle
   */
  append(events: readonly RequestEvent[]): Promise<number>;
  /** Events in the order in which they were stored, in batches: what rebuilds the engine's state after a restart. */
  scan(range: ScanRange): AsyncIterable<ScannedBatch>;
  /** Newest first by start of the request. */
  page(filter: RequestFilter, page: PageRequest): Promise<RequestPage>;
  /**
   * {@link requestEventKey} of events stored since, in order of storing: what rebuilds the duplicate window. Of more than
   * `newest` about the newest ones.
   */
  keysSince(fromMs: number, newest?: number): AsyncIterable<readonly string[]>;
  stats(): Promise<RequestEventStats>;
  /** Seconds that had requests, by start of the request, oldest first; at most an hour's. */
  perSecond(fromMs: number, toMs: number): Promise<TrafficStats[]>;
  /** What was accepted and is not durable yet. */
  backlog(): Backlog;
  close(): Promise<void>;
}

export interface RequestEventStoreOptions {
  /** Bytes of rows that may wait for storing. */
  readonly maxQueueBytes: number;
  /** Least time between the starts of two inserts, ms, unless a group is full. */
  readonly insertIntervalMs: number;
}

/** Some 40 000 rows: the larger a group, the fewer parts there are to merge later. */
const MAX_GROUP_BYTES = 16 * 1024 ** 2;

const MAX_TRAFFIC_SECONDS = 3600;

export async function createRequestEventStore(
  db: Database,
  { maxQueueBytes, insertIntervalMs }: RequestEventStoreOptions,
): Promise<RequestEventStore> {
  const clock = createSequenceClock(await newestSequence(db));
  const writer = createGroupWriter({
    insert: (data) => db.insert(REQUEST_EVENTS, data),
    intervalMs: insertIntervalMs,
    maxGroupBytes: MAX_GROUP_BYTES,
    maxQueueBytes,
    doing: 'cannot store request events',
  });

  return {
    async append(events) {
      if (events.length === 0) return clock.last();
      const first = clock.take(events.length);
      await writer.append(encodeRequestEvents(events, first), events.length);
      return first + events.length - 1;
    },

    async *scan({ fromMs, toMs, afterPosition = 0, throughPosition }) {
      const until = toMs === undefined ? '' : ` AND start_ms < ${doubleParam('to_bits')}`;
      const batches = walkBySequence<RequestEventRow>(db, {
        afterSequence: afterPosition,
        throughSequence: throughPosition,
        condition: `start_ms >= ${doubleParam('from_bits')}${until}`,
        params: { from_bits: doubleBits(fromMs), ...(toMs === undefined ? {} : { to_bits: doubleBits(toMs) }) },
        columns: EVENT_COLUMNS,
      });
      for await (const batch of batches) yield { events: batch.map(decodeRequestEvent), position: batch.at(-1)![0] };
    },

    page: (filter, page) => readPage(db, filter, page),

    async *keysSince(fromMs, newest) {
      const batches = walkBySequence<[sequence: number, traceId: string, spanId: string]>(db, {
        afterSequence: Math.max(0, Math.floor(fromMs * 1000) - 1),
        newestRows: newest,
        condition: '1',
        params: {},
        columns: 'sequence, lower(hex(trace_id)), lower(hex(span_id))',
      });
      for await (const batch of batches) {
        yield batch.map(([, traceId, spanId]) => requestEventKey({ traceId, spanId }));
      }
    },

    async stats() {
      const rows = await db.select<[number, number, number]>(
        'SELECT count(), min(start_ms), max(start_ms) FROM request_events',
      );
      const [requestEvents, oldestMs, newestMs] = rows[0] ?? [0, 0, 0];
      return requestEvents === 0
        ? { requestEvents, oldestMs: null, newestMs: null }
        : { requestEvents, oldestMs, newestMs };
    },

    async perSecond(fromMs, toMs) {
      const rows = await db.select<[number, number, number, number, number]>(
        `SELECT
    toUInt64(intDiv(toInt64(start_ms), 1000)) * 1000 AS at_ms,
    count(),
    countIf(status >= 500),
    sumIf(auth_attempts, auth_event = 'login' AND auth_outcome = 'failure'),
    sumIf(auth_attempts, auth_event = 'login' AND auth_outcome = 'success')
FROM request_events
WHERE start_ms >= ${doubleParam('from_bits')} AND start_ms < ${doubleParam('to_bits')}
GROUP BY at_ms
ORDER BY at_ms
LIMIT ${MAX_TRAFFIC_SECONDS}`,
        {
          from_bits: doubleBits(Math.max(fromMs, toMs - MAX_TRAFFIC_SECONDS * 1000)),
          to_bits: doubleBits(toMs),
        },
      );
      return rows.map(([atMs, requests, errors, loginsFailed, loginsSucceeded]) => ({
        atMs,
        requests,
        errors,
        loginsFailed,
        loginsSucceeded,
      }));
    },

    backlog: () => writer.backlog(),

    close: () => writer.close(),
  };
}

/**
 * The greatest sequence that lies in the future, or 0. Those in the past do not matter, because numbers start from the
 * clock; so the skip index spares reading the column, whatever the size of the table.
 */
async function newestSequence(db: Database): Promise<number> {
  const rows = await db.select<[number]>('SELECT max(sequence) FROM request_events WHERE sequence >= {now:UInt64}', {
    now: Date.now() * 1000,
  });
  return rows[0]?.[0] ?? 0;
}
