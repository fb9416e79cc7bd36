import type { Database } from '../database.js';
import { columnsOf, ROLLUPS, type Rollup, selectRollup } from './definitions.js';

/** Rows of request events that one step aims at: enough to aggregate well, few enough for 1 GiB. */
const STEP_ROWS = 1_000_000;
/** The work is nobody's foreground: one thread, and a share of memory. */
const SETTINGS = 'max_threads = 1, max_insert_threads = 1, max_memory_usage = 2147483648, max_execution_time = 600';
/** What is about to be rolled up, among the names in `rollup_progress`; the others are tables. */
const BEGUN = 'begun';

/** Rows with a sequence above `after`, up to and including `through`. */
interface Range {
  readonly after: number;
  readonly through: number;
}

/** Keeps the rollups up to date. */
export interface RollUp {
  /** Adds all request events that are stored by now. Calls while it runs get the promise of that run. */
  run(): Promise<void>;
  /** The sequence up to which a rollup holds all request events: those after it are only in `request_events`. */
  reach(rollup: Rollup): number;
  /** Resolves when nothing runs any more. */
  close(): Promise<void>;
}

/**
 * Rolls up ranges of the order of storing, so that every request event counts once, however late it came and whenever
 * the process was killed. A range is written down before its rows are added, and each insert carries the range as
 * its deduplication token; after a kill the same range is added again, and what was there already is left out.
 *
 * That beats materialized views on `request_events` at a collector's load, because they would see a tenth of a second's
 * rows at a time, in which hardly a source comes twice: four views would triple the price of an insert.
 */
export async function createRollUp(db: Database, { stepRows = STEP_ROWS } = {}): Promise<RollUp> {
  const progress = await readProgress(db);
  const begun = progress.get(BEGUN) ?? { after: 0, through: 0 };
  const reached = new Map(ROLLUPS.map(({ table }) => [table, progress.get(table)?.through ?? 0]));
  let last = begun;
  let running: Promise<void> | null = null;
  let closed = false;

  async function record(name: string, { after, through }: Range): Promise<void> {
    await db.insert(
      { table: 'rollup_progress', columns: ['name', 'after', 'through'], format: 'JSONCompactEachRow' },
      Buffer.from(`${JSON.stringify([name, after, through])}\n`),
    );
  }

  async function add(range: Range): Promise<void> {
    for (const rollup of ROLLUPS) {
      if (closed) return;
      if (reached.get(rollup.table)! >= range.through) continue;
      await db.background(insertRange(rollup, range));
      reached.set(rollup.table, range.through);
      await record(rollup.table, range);
    }
  }

  async function work(): Promise<void> {
    await add(last);
    let span: number | null = null;
    while (!closed) {
      const next = await nextRange(db, { after: last.through, span, stepRows });
      if (next === null) return;
      span = next.span;
      await record(BEGUN, next);
      last = next;
      await add(next);
    }
  }

  return {
    run() {
      running ??= work().finally(() => {
        running = null;
      });
      return running;
    },
    reach: ({ table }) => reached.get(table)!,
    async close() {
      closed = true;
      await running?.catch(() => {});
    },
  };
}

/** SQL that adds the request events of a range to a rollup, unless it was run before. */
function insertRange(rollup: Rollup, { after, through }: Range): string {
  const where = `sequence > ${after} AND sequence <= ${through}`;
  return `INSERT INTO ${rollup.table} (${columnsOf(rollup)})
SETTINGS insert_deduplicate = 1, insert_deduplication_token = '${rollup.table} ${after} ${through}', max_partitions_per_insert_block = 0, min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, ${SETTINGS}
${selectRollup(rollup, where)}
ORDER BY ${['at_minute', ...rollup.keys.map((key) => key.sql)].join(', ')}`;
}

interface Step {
  readonly after: number;
  /** How long a range would hold `stepRows`, going by the one before; `null` where there was none. */
  readonly span: number | null;
  readonly stepRows: number;
}

/** The next rows to add; `null` when there are none. Only the first step of many looks at all rows that wait. */
async function nextRange(db: Database, { after, span, stepRows }: Step): Promise<(Range & { span: number }) | null> {
  const bounds = async (through: number | null) => {
    const [row] = await db.select<[number, number, number]>(
      `SELECT min(sequence), max(sequence), count() FROM request_events WHERE sequence > {after:UInt64}${
        through === null ? '' : ' AND sequence <= {through:UInt64}'
      }`,
      through === null ? { after } : { after, through },
      { maxSeconds: 60 },
    );
    const [first, last, count] = row ?? [0, 0, 0];
    return { first, last, count };
  };
  let found = await bounds(span === null ? null : after + span);
  if (found.count === 0 && span !== null) found = await bounds(null);
  if (found.count === 0) return null;
  // Stored at an even pace a share of the time holds that share of the rows; elsewhere the range is cut again.
  while (found.count > 2 * stepRows && found.last > found.first) {
    const share = Math.floor(((found.last - found.first) * stepRows) / found.count);
    found = await bounds(found.first + share);
  }
  const held = found.last - (span === null ? found.first : after) + 1;
  return { after, through: found.last, span: Math.ceil((held * stepRows) / found.count) };
}

async function readProgress(db: Database): Promise<Map<string, Range>> {
  const rows = await db.select<[string, number, number]>(
    'SELECT name, argMax(after, through), max(through) FROM rollup_progress GROUP BY name',
  );
  return new Map(rows.map(([name, after, through]) => [name, { after, through }]));
}
