import type { Database } from './database.js';
import { storageError } from './errors.js';
import { withMigrationLock } from './migration-lock.js';
import { firstTables } from './migrations/0001-first-tables.js';
import { rollups } from './migrations/0002-rollups.js';

/**
 * One step of the schema, in plain SQL for embedded engine and server alike.
 *
 * Every statement can be run again without harm (`IF NOT EXISTS` and the like), because a step that a kill cut short is
 * repeated.
 */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** In order. A migration that was released never changes. */
export const MIGRATIONS: readonly Migration[] = [firstTables, rollups];

const APPLIED = { table: 'migrations', columns: ['version', 'name'], format: 'JSONCompactEachRow' } as const;

/**
 * Brings the schema up to date; each migration is recorded once all of its statements have run. Of several collectors that
 * start at once on one server, one does it and the others wait.
 *
 * @throws VedetteError `VDT_STORAGE_TOO_NEW` when a newer version has been at work here
 */
export async function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await db.command(`CREATE TABLE IF NOT EXISTS migrations
(
    version UInt32,
    name String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY version`);
  if ((await pendingOf(db, migrations)).length === 0) return;
  if (db.isShared) await withMigrationLock(db, () => applyPending(db, migrations));
  else await applyPending(db, migrations);
}

async function applyPending(db: Database, migrations: readonly Migration[]): Promise<void> {
  for (const { version, name, statements } of await pendingOf(db, migrations)) {
    for (const statement of statements) await db.command(statement);
    await db.insert(APPLIED, Buffer.from(`${JSON.stringify([version, name])}\n`));
  }
}

async function pendingOf(db: Database, migrations: readonly Migration[]): Promise<Migration[]> {
  const rows = await db.select<[number]>('SELECT DISTINCT version FROM migrations');
  const applied = new Set(rows.map(([version]) => version));
  const newest = Math.max(0, ...applied);
  const known = migrations.at(-1)?.version ?? 0;
  if (newest > known) {
    throw storageError(
      'VDT_STORAGE_TOO_NEW',
      `the database has schema version ${newest}, this Vedette knows versions up to ${known}: use the newer Vedette`,
    );
  }
  return migrations.filter(({ version }) => !applied.has(version));
}
