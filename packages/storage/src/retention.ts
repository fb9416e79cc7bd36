import type { Database } from './database.js';
import { storageError } from './errors.js';
import { ROLLUPS } from './rollups/definitions.js';

/** How long data is kept, in whole days from 1 to 3650; `null` keeps it for ever. */
export interface Retention {
  /** By start of the request; default 30. */
  readonly requestEventsDays?: number | null | undefined;
  /** By the time at which an event of an alert was recorded; default 400. */
  readonly alertEventsDays?: number | null | undefined;
  /** Of the rollups per minute, by start of the requests; default 400. */
  readonly rollupDays?: number | null | undefined;
  /** Default 30. */
  readonly deliveryEventsDays?: number | null | undefined;
}

/**
 * Gives every table its TTL. ClickHouse drops whole parts (of a day or a month) once all of their rows are past it, in the
 * background, at most an hour late (`merge_with_ttl_timeout`); a changed setting is applied to the parts that exist.
 *
 * Times are Dates, because a DateTime ends in 2106 and an end past that would count as long gone.
 */
export async function applyRetention(db: Database, retention: Retention = {}): Promise<void> {
  const { requestEventsDays = 30, rollupDays = 400, alertEventsDays = 400, deliveryEventsDays = 30 } = retention;
  await setTtl(db, {
    table: 'request_events',
    day: "toDate(fromUnixTimestamp64Milli(toInt64(start_ms), 'UTC'), 'UTC')",
    days: requestEventsDays,
  });
  for (const { table } of ROLLUPS) await setTtl(db, { table, day: "toDate(minute, 'UTC')", days: rollupDays });
  await setTtl(db, { table: 'alert_events', day: "toDate(recorded_at, 'UTC')", days: alertEventsDays });
  await setTtl(db, {
    table: 'delivery_events',
    day: "toDate(fromUnixTimestamp64Milli(toInt64(at_ms), 'UTC'), 'UTC')",
    days: deliveryEventsDays,
  });
}

interface Ttl {
  readonly table: string;
  /** SQL of the day that a row belongs to. */
  readonly day: string;
  readonly days: number | null;
}

async function setTtl(db: Database, { table, day, days }: Ttl): Promise<void> {
  if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= 3650)) {
    throw storageError('VDT_STORAGE_INVALID', `retention is 1 to 3650 whole days, not ${days}`);
  }
  const rows = await db.select<[string]>(
    'SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = {table:String}',
    { table },
  );
  const present = / TTL .*toIntervalDay\((\d+)\)/.exec(rows[0]?.[0] ?? '')?.[1];
  if (days === null) {
    if (present !== undefined) await db.command(`ALTER TABLE ${table} REMOVE TTL`);
  } else if (present !== String(days)) {
    await db.command(`ALTER TABLE ${table} MODIFY TTL ${day} + toIntervalDay(${days})`);
  }
}
