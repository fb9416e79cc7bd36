import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type Database, INSERT_SETTINGS, withLimits } from './database.js';
import { codeOf, storageError, toStorageError } from './errors.js';

/** A statement's answer may take this long, ms: longer than any limit put on a read. */
const REQUEST_TIMEOUT_MS = 60_000;

/** ClickHouse's UNKNOWN_DATABASE. */
const UNKNOWN_DATABASE = '81';

/**
 * Connects to a ClickHouse server over HTTP and creates the database where it is missing.
 *
 * @param url `http(s)://user:password@host:port/database`; the database defaults to `vedette`
 * @throws VedetteError `VDT_STORAGE_INVALID`, `VDT_STORAGE_UNREACHABLE`, `VDT_STORAGE_DENIED`
 */
export async function openServerDatabase(url: string): Promise<Database> {
  const target = parseServerUrl(url);
  const client = connect(target, target.database);
  try {
    await createDatabase(target);
  } catch (error) {
    await client.close();
    throw toStorageError(error, `cannot use ClickHouse at ${target.origin}`);
  }

  return {
    async command(sql, params) {
      await client.command({
        query: sql,
        query_params: { ...params },
        clickhouse_settings: { wait_end_of_query: 1 },
      });
    },

    async select<Row extends readonly unknown[]>(...[sql, params, limits]: Parameters<Database['select']>) {
      const result = await client.query({
        query: withLimits(sql, limits),
        query_params: { ...params },
        // Errors while rows are being written then come as an error, not as half an answer.
        clickhouse_settings: { wait_end_of_query: 1 },
        format: 'JSONCompact',
      });
      return (await result.json<Row>()).data;
    },

    async insert({ table, columns, format }, data) {
      if (data.length === 0) return;
      // Not insert(): that wants objects for the JSON formats, and the rows are written already.
      const { stream } = await client.exec({
        query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT ${format}`,
        values: Readable.from([data], { objectMode: false }),
        // An acknowledgement means stored: a server's profile may have switched asynchronous inserts on.
        clickhouse_settings: { ...INSERT_SETTINGS, async_insert: 0, wait_end_of_query: 1 },
      });
      for await (const _ of stream);
    },

    async ping() {
      const result = await client.ping({ select: true });
      if (!result.success) throw toStorageError(result.error, 'the database does not answer');
    },

    close: () => client.close(),
  };
}

interface ServerTarget {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

function parseServerUrl(text: string): ServerTarget {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw storageError('VDT_STORAGE_INVALID', 'the ClickHouse URL must be http(s)://user:password@host:port/database');
  }
  const database = decodeURIComponent(url.pathname.slice(1)) || 'vedette';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw storageError('VDT_STORAGE_INVALID', 'the database in the ClickHouse URL must be a plain name');
  }
  return {
    origin: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
  };
}

function connect({ origin, username, password }: ServerTarget, database: string): ClickHouseClient {
  return createClient({
    url: origin,
    username,
    password,
    database,
    request_timeout: REQUEST_TIMEOUT_MS,
    application: 'vedette',
    // Errors are thrown; who calls decides what to log.
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/** Asks first, so that a user without the right to create databases can use one that exists. */
async function createDatabase(target: ServerTarget): Promise<void> {
  const client = connect(target, target.database);
  const outside = connect(target, 'default');
  try {
    await client.command({ query: 'SELECT 1' });
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_DATABASE) throw error;
    await outside.command({
      query: 'CREATE DATABASE IF NOT EXISTS {database:Identifier}',
      query_params: { database: target.database },
    });
  } finally {
    await client.close();
    await outside.close();
  }
}
