import type { OutboxStore } from '@vedette/protocol';
import { type AlertEventStore, createAlertEventStore } from './alert-events.js';
import { type BlobStore, createBlobStore } from './blobs.js';
import type { Database } from './database.js';
import { rememberInserts } from './deduplication.js';
import { createDeliveryStore } from './deliveries.js';
import { createDocumentStore, type DocumentStore } from './documents.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { codeOf, toStorageError } from './errors.js';
import { migrate } from './migrate.js';
import { createRequestEventStore, type RequestEventStore } from './request-events/store.js';
import { applyRetention, type Retention } from './retention.js';
import { createRollups, type Rollups } from './rollups/read.js';
import { createRollUp } from './rollups/roll-up.js';
import { createSequenceClock } from './sequence-clock.js';
import { openServerDatabase } from './server-database.js';

/** Everything that Vedette keeps. Every method throws VedetteError with a `VDT_STORAGE_…` code. */
export interface Storage {
  readonly requestEvents: Omit<RequestEventStore, 'close'>;
  readonly rollups: Rollups;
  readonly alertEvents: Omit<AlertEventStore, 'close'>;
  readonly documents: Omit<DocumentStore, 'close'>;
  readonly blobs: BlobStore;
  readonly deliveries: OutboxStore;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Stores what was accepted, then lets go of the database. */
  close(): Promise<void>;
}

export type StorageLocation =
  /** ClickHouse in this process; one process per directory, one directory per process. */
  | { readonly kind: 'embedded'; readonly dataDir: string }
  /** A ClickHouse server: `http(s)://user:password@host:port/database`. */
  | { readonly kind: 'server'; readonly url: string };

export interface StorageOperation {
  readonly operation: 'insert' | 'select' | 'command';
  readonly seconds: number;
  /** `VDT_STORAGE_…` where it failed. */
  readonly code: string | null;
}

export interface StorageOptions {
  /** Called after each operation of the database. */
  readonly observe?: ((seen: StorageOperation) => void) | undefined;
  readonly retention?: Retention | undefined;
  /** Request events that may wait for storing, bytes; default 64 MiB. Beyond it appends fail with `VDT_STORAGE_BUSY`. */
  readonly maxQueueBytes?: number | undefined;
  /**
   * Inserts of request events start at least this far apart, ms, unless 16 MiB wait: the most that storing adds to the
   * time until an alert. Default 100. One insert costs about 15 ms of CPU before its first row (36 columns to write, a
   * part to merge later), so a trickle of small appends must not become an insert each.
   */
  readonly insertIntervalMs?: number | undefined;
  /**
   * How often stored request events are added to the rollups, ms; default a minute, what one of their rows stands for: a
   * source that comes back within it is then one row to write and to merge, not six. Questions to the rollups also look at
   * the request events that are not in them yet, so this is about the price of the question, not about its answer.
   * Of several collectors on one database one does it; the others have `null`.
   */
  readonly rollUpIntervalMs?: number | null | undefined;
  /** Called when adding to the rollups failed; it is tried again. */
  readonly onRollUpFailed?: ((error: unknown) => void) | undefined;
}

/**
 * Opens the database, brings its schema up to date and applies the retention.
 *
 * @throws VedetteError `VDT_STORAGE_IN_USE`, `VDT_STORAGE_TOO_NEW`, `VDT_STORAGE_UNREACHABLE`, `VDT_STORAGE_DENIED`,
 * `VDT_STORAGE_INVALID`, `VDT_STORAGE_FULL`, `VDT_STORAGE_FAILED`
 */
export async function openStorage(location: StorageLocation, options: StorageOptions = {}): Promise<Storage> {
  const db = withStorageErrors(
    location.kind === 'embedded'
      ? await openEmbeddedDatabase(location.dataDir)
      : await openServerDatabase(location.url, {
          onRetry: ({ seconds, code }) => options.observe?.({ operation: 'insert', seconds, code }),
        }),
    options.observe,
  );
  try {
    await migrate(db);
    if (db.isShared) await rememberInserts(db);
    await applyRetention(db, options.retention);
    const clock = createSequenceClock(await newestVersion(db));
    const requestEvents = await createRequestEventStore(db, {
      maxQueueBytes: options.maxQueueBytes ?? 64 * 1024 ** 2,
      insertIntervalMs: options.insertIntervalMs ?? 100,
    });
    const alertEvents = createAlertEventStore(db);
    const documents = createDocumentStore(db, clock);
    const deliveries = createDeliveryStore(db, clock);
    const rollUp = await createRollUp(db);
    const { rollUpIntervalMs = 60_000 } = options;
    const rollUpTimer =
      rollUpIntervalMs === null
        ? undefined
        : setInterval(() => {
            rollUp.run().catch((error: unknown) => options.onRollUpFailed?.(error));
          }, rollUpIntervalMs).unref();
    let closing: Promise<void> | null = null;

    return {
      requestEvents,
      rollups: createRollups(db, rollUp.reach),
      alertEvents,
      documents,
      blobs: createBlobStore(db, clock),
      deliveries,
      ping: () => db.ping(),
      close() {
        clearInterval(rollUpTimer);
        db.hurry();
        closing ??= Promise.all(
          [requestEvents, alertEvents, documents, deliveries, rollUp].map((store) => store.close()),
        ).then(() => db.close());
        return closing;
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Greatest number in use among control data, so that a clock set back cannot make an old document the newest. */
async function newestVersion(db: Database): Promise<number> {
  const rows = await db.select<[number]>(`SELECT greatest(
    (SELECT max(version) FROM documents),
    (SELECT max(version) FROM blobs),
    (SELECT max(sequence) FROM delivery_events))`);
  return rows[0]?.[0] ?? 0;
}

/** The database with errors that callers can tell apart. */
function withStorageErrors(db: Database, observe: StorageOptions['observe']): Database {
  const run = async <Result>(doing: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, doing);
    }
  };
  const observed = async <Result>(
    operation: StorageOperation['operation'],
    doing: string,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const startedMs = performance.now();
    let code: string | null = null;
    try {
      return await run(doing, work);
    } catch (error) {
      code = codeOf(error);
      throw error;
    } finally {
      observe?.({ operation, seconds: (performance.now() - startedMs) / 1000, code });
    }
  };
  return {
    command: (sql, params) => observed('command', 'cannot change the database', () => db.command(sql, params)),
    background: (sql) => run('cannot work in the background', () => db.background(sql)),
    select: <Row extends readonly unknown[]>(...query: Parameters<Database['select']>) =>
      observed('select', 'cannot read from the database', () => db.select<Row>(...query)),
    insert: (into, data) => observed('insert', `cannot write to ${into.table}`, () => db.insert(into, data)),
    isShared: db.isShared,
    hurry: () => db.hurry(),
    ping: () => run('the database does not answer', () => db.ping()),
    close: () => db.close(),
  };
}
