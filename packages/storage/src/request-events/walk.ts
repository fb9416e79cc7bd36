import type { Database, QueryParams, ReadLimits } from '../database.js';

/** Rows that a walk wants per batch. A batch is larger only where rows share a sequence. */
const BATCH_ROWS = 16_384;

/** Stored time is cut into at most this many slices. */
const MAX_SLICES = 20_000;

/** The shortest slice, in units of the sequence (µs): a quarter of a second. */
const MIN_SLICE = 250_000;

/** A walk reads much and nobody waits at a screen for it. */
const LIMITS: ReadLimits = { maxSeconds: 120, maxMemoryBytes: 4 * 1024 ** 3 };

export interface Walk {
  /** Rows whose sequence is greater. */
  readonly afterSequence: number;
  /** Rows whose sequence is not greater; default: no end. */
  readonly throughSequence?: number | undefined;
  /** Of more rows than this the walk leaves out the first, by whole slices; default: none. */
  readonly newestRows?: number | undefined;
  /** What else holds for the rows, as SQL with parameters. */
  readonly condition: string;
  readonly params: QueryParams;
  /** What to select, as SQL; `sequence` first. */
  readonly columns: string;
}

/**
 * Rows of `request_events` in the order of storing, in batches, with bounded memory at any size of the table.
 *
 * The table is sorted by event time, in which the order of storing is only nearly kept. So stored time is cut into
 * slices first (one pass over one column), and each read then names a range of the sequence, which the skip index
 * narrows to the few granules that hold it.
 */
export async function* walkBySequence<Row extends readonly [sequence: number, ...rest: unknown[]]>(
  db: Database,
  walk: Walk,
): AsyncGenerator<Row[]> {
  for (const { after, through } of await planSlices(db, walk)) {
    let cursor = after;
    while (cursor < through) {
      const rows = await db.select<Row>(
        `SELECT ${walk.columns}
FROM request_events
WHERE sequence > {walk_cursor:UInt64} AND sequence <= {walk_through:UInt64} AND (${walk.condition})
ORDER BY sequence
LIMIT ${BATCH_ROWS} WITH TIES`,
        { ...walk.params, walk_cursor: cursor, walk_through: through },
        LIMITS,
      );
      if (rows.length > 0) yield rows;
      cursor = rows.length < BATCH_ROWS ? through : rows.at(-1)![0];
    }
  }
}

/** Ranges of the sequence, `after` exclusive, `through` inclusive, each with about a batch of rows where slices allow. */
async function planSlices(db: Database, walk: Walk): Promise<{ after: number; through: number }[]> {
  const end = walk.throughSequence === undefined ? '' : ' AND sequence <= {walk_end:UInt64}';
  const where = `sequence > {walk_after:UInt64}${end} AND (${walk.condition})`;
  const params = {
    ...walk.params,
    walk_after: walk.afterSequence,
    ...(walk.throughSequence === undefined ? {} : { walk_end: walk.throughSequence }),
  };
  const [bounds] = await db.select<[number, number, number]>(
    `SELECT min(sequence), max(sequence), count() FROM request_events WHERE ${where}`,
    params,
    LIMITS,
  );
  const [first, last, count] = bounds ?? [0, 0, 0];
  if (count === 0) return [];
  const slice = Math.max(MIN_SLICE, Math.ceil((last - first + 1) / MAX_SLICES));
  const slices = await db.select<[number, number]>(
    `SELECT max(sequence) AS through, count()
FROM request_events
WHERE ${where} AND sequence <= {walk_last:UInt64}
GROUP BY intDiv(sequence - {walk_first:UInt64}, {walk_slice:UInt64})
ORDER BY through`,
    { ...params, walk_first: first, walk_last: last, walk_slice: slice },
    LIMITS,
  );
  const ranges: { after: number; through: number }[] = [];
  let after = first - 1;
  let rows = 0;
  let surplus = count - (walk.newestRows ?? count);
  for (const [i, [through, sliceRows]] of slices.entries()) {
    surplus -= sliceRows;
    if (surplus >= 0) {
      after = through;
      continue;
    }
    rows += sliceRows;
    const next = slices[i + 1];
    if (next !== undefined && rows + next[1] <= BATCH_ROWS) continue;
    ranges.push({ after, through });
    after = through;
    rows = 0;
  }
  return ranges;
}
