import type { AlertEvent } from '@vedette/protocol';
import type { Database, InsertTarget, ReadLimits } from './database.js';
import { createGroupWriter } from './group-writer.js';

/** The log of what happened to alerts. An alert's state is its newest event. */
export interface AlertEventStore {
  /** Durable when resolved. Storing an event with the same alert and sequence again changes nothing. */
  append(events: readonly AlertEvent[]): Promise<void>;
  /** Events whose sequence is greater, in its order; at most `limit` (1 to 10 000). */
  after(sequence: number, limit: number): Promise<AlertEvent[]>;
  /** The newest event of every alert, in order of sequence. */
  latest(): Promise<AlertEvent[]>;
  /** All events of one alert, in order of sequence. */
  history(alertId: string): Promise<AlertEvent[]>;
  close(): Promise<void>;
}

const ALERT_EVENTS: InsertTarget = {
  table: 'alert_events',
  columns: ['sequence', 'alert_id', 'change', 'recorded_at', 'event'],
  format: 'JSONCompactEachRow',
};

const MAX_AFTER = 10_000;
/** One alert's history on screen. */
const MAX_HISTORY = 10_000;
/** Read once, at the start. */
const LATEST_LIMITS: ReadLimits = { maxSeconds: 60, maxMemoryBytes: 2 * 1024 ** 3 };

export function createAlertEventStore(db: Database): AlertEventStore {
  const writer = createGroupWriter({
    insert: (data) => db.insert(ALERT_EVENTS, data),
    intervalMs: 0,
    maxGroupBytes: 8 * 1024 ** 2,
    maxQueueBytes: 64 * 1024 ** 2,
    doing: 'cannot store alert events',
  });

  return {
    async append(events) {
      if (events.length === 0) return;
      const rows = events.map((event) =>
        JSON.stringify([
          event.sequence,
          event.alert.id,
          event.change,
          // The form that ClickHouse reads by default: no `T`, no zone (the column is UTC).
          event.recordedAt.replace('T', ' ').replace('Z', ''),
          JSON.stringify(event),
        ]),
      );
      await writer.append(Buffer.from(`${rows.join('\n')}\n`));
    },

    async after(sequence, limit) {
      const rows = await db.select<[string]>(
        `SELECT event FROM alert_events
WHERE sequence > {sequence:UInt64}
ORDER BY sequence
LIMIT 1 BY alert_id, sequence
LIMIT {max_events:UInt32}`,
        { sequence, max_events: Math.min(limit, MAX_AFTER) },
      );
      return rows.map(parse);
    },

    async latest() {
      const rows = await db.select<[string]>(
        `SELECT event FROM alert_events
WHERE (alert_id, sequence) IN (SELECT alert_id, max(sequence) FROM alert_events GROUP BY alert_id)
ORDER BY sequence
LIMIT 1 BY alert_id, sequence`,
        {},
        LATEST_LIMITS,
      );
      return rows.map(parse);
    },

    async history(alertId) {
      const rows = await db.select<[string]>(
        `SELECT event FROM alert_events
WHERE alert_id = {alert_id:String}
ORDER BY sequence
LIMIT 1 BY sequence
LIMIT ${MAX_HISTORY}`,
        { alert_id: alertId },
      );
      return rows.map(parse);
    },

    close: () => writer.close(),
  };
}

/** What {@link AlertEventStore.append} wrote. */
function parse([event]: readonly [string]): AlertEvent {
  return JSON.parse(event) as AlertEvent;
}
