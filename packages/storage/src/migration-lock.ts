import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { codeOf, storageError } from './errors.js';

/** ClickHouse's TABLE_ALREADY_EXISTS. */
const ALREADY_EXISTS = '57';

export interface LockTiming {
  /** Between two looks at a lock that another holds, ms. */
  readonly lookMs: number;
  /** How often the holder shows that it lives, ms. */
  readonly renewMs: number;
  /** A lock that was not renewed for this long belongs to nobody, seconds. */
  readonly staleSeconds: number;
  /** Longest wait, ms. */
  readonly waitMs: number;
}

const TIMING: LockTiming = { lookMs: 250, renewMs: 10_000, staleSeconds: 60, waitMs: 10 * 60_000 };

/**
 * Runs `work` while no other collector on the same ClickHouse server does.
 *
 * ClickHouse has no locks without Keeper, but two `CREATE TABLE` of one name cannot both succeed: who creates the table
 * holds the lock. It is renewed by a comment, whose time the server keeps; so a holder that was killed is noticed by the
 * server's clock alone.
 *
 * @throws VedetteError `VDT_STORAGE_TIMEOUT` when another holds it all the time; what `work` throws
 */
export async function withMigrationLock(
  db: Database,
  work: () => Promise<void>,
  timing: LockTiming = TIMING,
): Promise<void> {
  const owner = randomUUID();
  await acquire(db, owner, timing);
  const renewing = setInterval(() => {
    // A renewal that fails is made up for by the next one.
    db.command(`ALTER TABLE migration_lock MODIFY COMMENT '${owner} ${Date.now()}'`).catch(() => {});
  }, timing.renewMs);
  try {
    await work();
  } finally {
    clearInterval(renewing);
    if ((await holder(db))?.owner === owner) await db.command('DROP TABLE IF EXISTS migration_lock SYNC');
  }
}

async function acquire(db: Database, owner: string, timing: LockTiming): Promise<void> {
  const untilMs = performance.now() + timing.waitMs;
  for (;;) {
    try {
      await db.command(`CREATE TABLE migration_lock (held UInt8) ENGINE = MergeTree ORDER BY held COMMENT '${owner}'`);
      return;
    } catch (error) {
      if (codeOf((error as Error).cause) !== ALREADY_EXISTS) throw error;
    }
    const held = await holder(db);
    // The answer to our own statement may have been lost.
    if (held?.owner === owner) return;
    if (held !== null && held.silentSeconds > timing.staleSeconds) {
      await db.command('DROP TABLE IF EXISTS migration_lock SYNC');
      continue;
    }
    if (performance.now() > untilMs) {
      throw storageError(
        'VDT_STORAGE_TIMEOUT',
        'another collector has been changing the schema of this database for long; see whether it is alive',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, timing.lookMs));
  }
}

async function holder(db: Database): Promise<{ owner: string; silentSeconds: number } | null> {
  const rows = await db.select<[string, number]>(
    `SELECT comment, dateDiff('second', metadata_modification_time, now())
FROM system.tables WHERE database = currentDatabase() AND name = 'migration_lock'`,
  );
  const row = rows[0];
  return row === undefined ? null : { owner: row[0].split(' ', 1)[0] ?? '', silentSeconds: row[1] };
}
