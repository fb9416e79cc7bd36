import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, INSERT_SETTINGS, withLimits } from './database.js';
import { codeOf, storageError, toStorageError } from './errors.js';
import { connect, type ServerConnection } from './server-connection.js';
import { encoderFor } from './server-encoding.js';
import { parseServerUrl, type ServerTarget } from './server-url.js';

/** Longest time for the answer to a statement, ms: longer than any limit put on a read. */
const READ_TIMEOUT_MS = 60_000;
/** The same for one attempt at an insert; the next attempt repeats it without harm. */
const INSERT_TIMEOUT_MS = 30_000;
/** Statements without side effects, or that can be run twice, are tried again after a broken connection, ms. */
const STATEMENT_RETRY_MS = [50, 500] as const;
/** Pauses between attempts at an insert: doubling from the first to the last, ms. */
const INSERT_RETRY_MS = { first: 100, last: 5_000 } as const;
/** How long an insert under way may still take once the collector stops, ms (it must be gone within 10 s). */
const HURRY_MS = 4_000;

/** ClickHouse's UNKNOWN_DATABASE. */
const UNKNOWN_DATABASE = '81';

/**
 * ClickHouse exceptions that pass by themselves (src/Common/ErrorCodes.cpp): 202 TOO_MANY_SIMULTANEOUS_QUERIES,
 * 225 NO_ZOOKEEPER, 236 ABORTED, 241 MEMORY_LIMIT_EXCEEDED, 242 TABLE_IS_READ_ONLY, 252 TOO_MANY_PARTS,
 * 285 TOO_FEW_LIVE_REPLICAS, 319 UNKNOWN_STATUS_OF_INSERT, 394 QUERY_WAS_CANCELLED, 999 KEEPER_EXCEPTION.
 */
const PASSING = new Set(['202', '225', '236', '241', '242', '252', '285', '319', '394', '999']);

export interface ServerDatabaseOptions {
  /** Told of each attempt at an insert that is going to be repeated. */
  readonly onRetry?: ((attempt: { seconds: number; code: string }) => void) | undefined;
}

/**
 * Connects to a ClickHouse server over HTTP and creates the database where it is missing.
 *
 * An insert is repeated until the server says that it is stored or why it cannot be: with a deduplication token, so that
 * rows whose acknowledgement was lost are not stored twice. Meanwhile the caller waits, and its queue bounds what piles up.
 *
 * @param url `http(s)://user:password@host:port/database?compression=auto|none|gzip|zstd`; see {@link parseServerUrl}
 * @throws VedetteError `VDT_STORAGE_INVALID`, `VDT_STORAGE_UNREACHABLE`, `VDT_STORAGE_DENIED`
 */
export async function openServerDatabase(url: string, options: ServerDatabaseOptions = {}): Promise<Database> {
  const target = parseServerUrl(url);
  const writer = connect(target, { timeoutMs: INSERT_TIMEOUT_MS });
  // Connections of their own, so that slow reads hold up no insert; commands may take long, too.
  const reader = connect(target, { timeoutMs: READ_TIMEOUT_MS });
  const encode = encoderFor(target);
  const stopping = new AbortController();
  const hurried = new AbortController();
  const close = async () => {
    stopping.abort();
    hurried.abort();
    await Promise.all([writer.close(), reader.close()]);
  };
  try {
    await createDatabase(target, reader);
  } catch (error) {
    await close();
    throw toStorageError(error, `cannot use ClickHouse at ${target.origin}`);
  }

  const statement = (sql: string, params?: Parameters<Database['command']>[1]) =>
    retried(() => reader.run({ sql, params }), STATEMENT_RETRY_MS);

  return {
    isShared: true,

    async command(sql, params) {
      await statement(sql, params);
    },

    async background(sql) {
      await writer.run({ sql, signal: stopping.signal });
    },

    async select<Row extends readonly unknown[]>(...[sql, params, limits]: Parameters<Database['select']>) {
      const text = await statement(`${withLimits(sql, limits)}\nFORMAT JSONCompact`, params);
      return (JSON.parse(text) as { data: Row[] }).data;
    },

    async insert({ table, columns, format }, data) {
      if (data.length === 0) return;
      const body = await encode(data);
      const request = {
        sql: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT ${format}`,
        ...body,
        settings: {
          ...INSERT_SETTINGS,
          // An acknowledgement means stored: a server's profile may have switched asynchronous inserts on.
          async_insert: 0 as const,
          insert_deduplicate: 1 as const,
          insert_deduplication_token: randomUUID(),
          deduplicate_blocks_in_dependent_materialized_views: 1 as const,
        },
        signal: stopping.signal,
      };
      for (let pauseMs: number = INSERT_RETRY_MS.first; ; pauseMs = Math.min(2 * pauseMs, INSERT_RETRY_MS.last)) {
        const startedMs = performance.now();
        const isLast = hurried.signal.aborted;
        try {
          await writer.run(request);
          return;
        } catch (error) {
          const failure = toStorageError(error, `cannot write to ${table}`);
          if (stopping.signal.aborted) {
            throw storageError('VDT_STORAGE_CLOSED', `cannot write to ${table}: storage was closed meanwhile`, error);
          }
          if (isLast || !isWorthRetrying(failure.code, error)) throw failure;
          options.onRetry?.({ seconds: (performance.now() - startedMs) / 1000, code: failure.code });
        }
        await pause(pauseMs, undefined, { signal: hurried.signal }).catch(() => {});
      }
    },

    async ping() {
      await reader.run({ sql: 'SELECT 1' });
    },

    hurry() {
      if (hurried.signal.aborted) return;
      hurried.abort();
      setTimeout(() => stopping.abort(), HURRY_MS).unref();
    },

    close,
  };
}

function isWorthRetrying(code: string, error: unknown): boolean {
  return code === 'VDT_STORAGE_UNREACHABLE' || code === 'VDT_STORAGE_TIMEOUT' || PASSING.has(codeOf(error) ?? '');
}

/** Once more after each pause, where the connection failed; what the server itself says is final. */
async function retried<Result>(work: () => Promise<Result>, pausesMs: readonly number[]): Promise<Result> {
  for (const pauseMs of pausesMs) {
    try {
      return await work();
    } catch (error) {
      if (toStorageError(error, '').code !== 'VDT_STORAGE_UNREACHABLE') throw error;
    }
    await pause(pauseMs);
  }
  return work();
}

/** Asks first, so that a user without the right to create databases can use one that exists. */
async function createDatabase(target: ServerTarget, inside: ServerConnection): Promise<void> {
  try {
    await retried(() => inside.run({ sql: 'SELECT 1' }), STATEMENT_RETRY_MS);
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_DATABASE) throw error;
    const outside = connect({ ...target, database: 'default' }, { timeoutMs: READ_TIMEOUT_MS });
    try {
      await outside.run({
        sql: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}',
        params: { database: target.database },
      });
    } catch (cause) {
      throw storageError(
        toStorageError(cause, '').code as 'VDT_STORAGE_DENIED',
        `the database ${target.database} is not there and cannot be created`,
        cause,
      );
    } finally {
      await outside.close();
    }
  }
}
