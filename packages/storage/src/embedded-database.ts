import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { drainPending } from 'chdb';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { type Database, INSERT_SETTINGS, type InsertTarget, withLimits } from './database.js';
import { codeOf, storageError, toStorageError } from './errors.js';
import { openRowFile } from './row-file.js';

/**
 * Opens ClickHouse in this process on a directory of its own, which is created when missing.
 *
 * Several connections, because one runs its statements one after the other: neither a slow read nor work in the background
 * may hold back the writer.
 *
 * @throws VedetteError `VDT_STORAGE_IN_USE` when another process (or this one, elsewhere) holds a data directory
 */
export async function openEmbeddedDatabase(dataDir: string): Promise<Database> {
  const path = resolve(dataDir);
  const writer = await connect(path);
  const reader = await connect(path);
  const worker = await connect(path);
  const rowFile = await openRowFile(path).catch(async (error: unknown) => {
    await writer.client.close();
    await reader.client.close();
    await worker.client.close();
    throw toStorageError(error, `cannot write to the data directory ${path}`);
  });
  /** Of the inserts through the file, which holds the rows of one at a time. */
  let lastInsert: Promise<void> = Promise.resolve();

  async function insertRowBinary({ table, columns }: InsertTarget, data: Buffer): Promise<void> {
    await rowFile.write(data);
    await writer.connection.chdb.queryAsync(
      `INSERT INTO ${table} (${columns.join(', ')}) SETTINGS ${INSERT_SETTINGS_SQL} SELECT * FROM ${rowFile.source}`,
    );
  }

  return {
    // One process per directory: the engine sees to it.
    isShared: false,

    async command(sql, params) {
      await writer.client.command({ query: sql, query_params: { ...params } });
    },

    async background(sql) {
      await worker.client.command({ query: sql });
    },

    async select<Row extends readonly unknown[]>(...[sql, params, limits]: Parameters<Database['select']>) {
      const result = await reader.client.query({
        query: withLimits(sql, limits),
        query_params: { ...params },
        format: 'JSONCompact',
      });
      return (await result.json<Row>()).data;
    },

    async insert(into, data) {
      if (data.length === 0) return;
      const { table, columns, format } = into;
      if (format === 'RowBinary') {
        const insert = lastInsert.then(() => insertRowBinary(into, data));
        lastInsert = insert.catch(() => {});
        return insert;
      }
      // The client's insert() would turn the buffer into a string; this hands it to the engine as it is.
      await writer.connection.chdb.rawInsert({
        table,
        columns: [...columns],
        format,
        values: data,
        settings: { ...INSERT_SETTINGS },
      });
    },

    // What the embedded engine cannot do it says at once.
    hurry() {},

    async ping() {
      const result = await writer.client.ping({ select: true });
      if (!result.success) throw toStorageError(result.error, 'the database does not answer');
    },

    async close() {
      await lastInsert;
      await writer.client.close();
      await reader.client.close();
      await worker.client.close();
      await rowFile.close();
      // A connection that is gone from JavaScript may still be at work in the engine.
      await drainPending();
    },
  };
}

const INSERT_SETTINGS_SQL = Object.entries(INSERT_SETTINGS)
  .map(([name, value]) => `${name} = ${value}`)
  .join(', ');

async function connect(path: string): Promise<{ client: ClickHouseClient; connection: ChdbConnection }> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const connection = createChdbConnection({ path });
    const client = createClient({
      connection: asClientConnection(connection),
      // Errors are thrown; who calls decides what to log.
      log: { level: ClickHouseLogLevel.OFF },
    });
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS vedette' });
    await client.command({ query: 'USE vedette' });
    return { client, connection };
  } catch (error) {
    const holder = holderOf(path, error);
    if (holder !== null) {
      throw storageError(
        'VDT_STORAGE_IN_USE',
        `data directory is in use by another process (${holder}): ${path}`,
        error,
      );
    }
    throw toStorageError(error, `cannot open the data directory ${path}`);
  }
}

/**
 * Who keeps the engine from opening a directory, or `null`. The engine tells the reason (code 76, CANNOT_OPEN_FILE) on
 * standard error only; but whoever holds the lock has written its process id into the file that it locked.
 */
function holderOf(path: string, error: unknown): string | null {
  if (codeOf(error) !== 'CHDB_CONNECTION') return null;
  if (error instanceof Error && error.message.includes('one active data directory per process')) return 'this one';
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1]);
    if (!Number.isInteger(pid) || pid === process.pid) return null;
    process.kill(pid, 0);
    return `pid ${pid}`;
  } catch (cause) {
    // EPERM: it lives, but belongs to somebody else.
    return codeOf(cause) === 'EPERM' ? 'of another user' : null;
  }
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

/** The engine's package and the client carry the one interface in two copies, which differ in a private member only. */
function asClientConnection(connection: ChdbConnection): ClientConnection {
  return connection as unknown as ClientConnection;
}
