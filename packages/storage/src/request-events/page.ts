import type { RequestEvent } from '@vedette/protocol';
import type { Database, QueryParams } from '../database.js';
import { storageError } from '../errors.js';
import { encodeText } from '../text.js';
import { doubleBits, doubleParam } from './exact-double.js';
import { decodeRequestEvent, EVENT_COLUMNS, type RequestEventRow } from './row.js';

/** Which request events; a list that is empty or absent excludes nothing, the conditions hold together. */
export interface RequestFilter {
  readonly service?: string | undefined;
  /** Client addresses. At most 256, as the other lists. */
  readonly sources?: readonly string[] | undefined;
  /** Pseudonyms. */
  readonly actors?: readonly string[] | undefined;
  /** `METHOD template`. */
  readonly routes?: readonly string[] | undefined;
  /** Start of the request, Unix ms, inclusive. */
  readonly fromMs?: number | undefined;
  /** Start of the request, Unix ms, exclusive. */
  readonly toMs?: number | undefined;
}

export interface PageRequest {
  /** `nextCursor` of the page before, or `null` for the first. */
  readonly cursor: string | null;
  /** Events per page, 1 to 1000. */
  readonly limit: number;
}

export interface RequestPage {
  /** Newest first. */
  readonly events: RequestEvent[];
  /** `null` on the last page. */
  readonly nextCursor: string | null;
}

const MAX_LIST = 256;
const MAX_PAGE = 1000;

/** @throws VedetteError `VDT_STORAGE_INVALID` for a cursor, limit or list that is not as described */
export async function readPage(db: Database, filter: RequestFilter, page: PageRequest): Promise<RequestPage> {
  const { cursor, limit } = page;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw storageError('VDT_STORAGE_INVALID', `the limit of a page is 1 to ${MAX_PAGE}`);
  }
  const where = conditions(filter);
  if (cursor !== null) where.push(...afterCursor(cursor));
  const rows = await db.select<RequestEventRow>(
    `SELECT ${EVENT_COLUMNS}
FROM request_events
WHERE ${where.map((condition) => condition.sql).join(' AND ') || '1'}
ORDER BY start_ms DESC, sequence DESC
LIMIT {page_rows:UInt32}`,
    { ...Object.assign({}, ...where.map((condition) => condition.params)), page_rows: limit + 1 },
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    events: shown.map(decodeRequestEvent),
    nextCursor:
      rows.length > limit && last !== undefined ? encodeCursor({ startMs: last[5], sequence: last[0] }) : null,
  };
}

interface Condition {
  readonly sql: string;
  readonly params: QueryParams;
}

function conditions(filter: RequestFilter): Condition[] {
  const found: Condition[] = [];
  if (filter.service !== undefined) {
    found.push({ sql: 'service = {service:String}', params: { service: encodeText(filter.service) } });
  }
  addList(found, 'source IN {sources:Array(String)}', 'sources', filter.sources);
  addList(found, 'actor IN {actors:Array(String)}', 'actors', filter.actors);
  addList(found, "concat(method, ' ', route) IN {routes:Array(String)}", 'routes', filter.routes);
  if (filter.fromMs !== undefined) {
    found.push({ sql: `start_ms >= ${doubleParam('from_bits')}`, params: { from_bits: doubleBits(filter.fromMs) } });
  }
  if (filter.toMs !== undefined) {
    found.push({ sql: `start_ms < ${doubleParam('to_bits')}`, params: { to_bits: doubleBits(filter.toMs) } });
  }
  return found;
}

function addList(
  found: Condition[],
  sql: string,
  ...[name, values]: [name: string, values: readonly string[] | undefined]
): void {
  if (values === undefined || values.length === 0) return;
  if (values.length > MAX_LIST) {
    throw storageError('VDT_STORAGE_INVALID', `a filter lists at most ${MAX_LIST} ${name}`);
  }
  found.push({ sql, params: { [name]: values.map(encodeText) } });
}

interface Position {
  readonly startMs: number;
  readonly sequence: number;
}

/** `start_ms` stands alone as well: that is what the primary key can use. */
function afterCursor(cursor: string): Condition[] {
  const { startMs, sequence } = decodeCursor(cursor);
  const start = doubleParam('cursor_bits');
  return [
    {
      sql: `start_ms <= ${start} AND (start_ms < ${start} OR sequence < {cursor_sequence:UInt64})`,
      params: { cursor_bits: doubleBits(startMs), cursor_sequence: sequence },
    },
  ];
}

function encodeCursor({ startMs, sequence }: Position): string {
  return Buffer.from(JSON.stringify([startMs, sequence])).toString('base64url');
}

function decodeCursor(cursor: string): Position {
  const text = Buffer.from(cursor.slice(0, 200), 'base64url').toString('utf8');
  const [, startMs, sequence] = /^\[(\d+(?:\.\d+)?),(\d{1,16})\]$/.exec(text) ?? [];
  if (startMs === undefined || sequence === undefined) {
    throw storageError('VDT_STORAGE_INVALID', 'the cursor of a page must come from the page before');
  }
  return { startMs: Number(startMs), sequence: Number(sequence) };
}
