import type { Database } from './database.js';

/** Inserts that a table remembers: far more than are ever under way. */
const WINDOW = 1000;

/**
 * Has every table recognise an insert that is repeated, by its token. Replicated tables do so anyway; the others only with
 * this setting. Tables that views fill are among them, so that a repeated insert counts once in rollups, too.
 */
export async function rememberInserts(db: Database): Promise<void> {
  const rows = await db.select<[string]>(
    `SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND engine NOT LIKE 'Replicated%'
    AND engine NOT LIKE 'Shared%' AND engine_full NOT LIKE '%non_replicated_deduplication_window%' AND name != 'migration_lock'`,
  );
  for (const [name] of rows) {
    const table = `\`${name.replaceAll(/[\\`]/g, '\\$&')}\``;
    await db.command(`ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = ${WINDOW}`);
  }
}
