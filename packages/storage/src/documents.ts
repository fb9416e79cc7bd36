import type { Database, InsertTarget } from './database.js';
import { createGroupWriter } from './group-writer.js';
import type { SequenceClock } from './sequence-clock.js';

/** Small control data under a key: settings, token hashes, keys. Values are anything that JSON can say. */
export interface DocumentStore {
  /** The newest value, or `null` where none was set. */
  get(key: string): Promise<unknown>;
  /** Durable when resolved; `null` removes the document. */
  set(key: string, value: unknown): Promise<void>;
  /** Documents whose key begins with `prefix`, by key. */
  list(prefix: string): Promise<{ key: string; value: unknown }[]>;
  close(): Promise<void>;
}

const DOCUMENTS: InsertTarget = {
  table: 'documents',
  columns: ['key', 'version', 'value'],
  format: 'JSONCompactEachRow',
};

export function createDocumentStore(db: Database, clock: SequenceClock): DocumentStore {
  const writer = createGroupWriter({
    insert: (data) => db.insert(DOCUMENTS, data),
    intervalMs: 0,
    maxGroupBytes: 8 * 1024 ** 2,
    maxQueueBytes: 64 * 1024 ** 2,
    doing: 'cannot store a document',
  });

  return {
    async get(key) {
      const rows = await db.select<[string]>(
        'SELECT value FROM documents WHERE key = {key:String} ORDER BY version DESC LIMIT 1',
        { key },
      );
      return rows[0] === undefined ? null : JSON.parse(rows[0][0]);
    },

    async set(key, value) {
      const row = JSON.stringify([key, clock.take(1), JSON.stringify(value ?? null)]);
      await writer.append(Buffer.from(`${row}\n`));
    },

    async list(prefix) {
      const rows = await db.select<[string, string]>(
        `SELECT key, argMax(value, version) AS newest FROM documents
WHERE startsWith(key, {prefix:String})
GROUP BY key
HAVING newest != 'null'
ORDER BY key`,
        { prefix },
      );
      return rows.map(([key, value]) => ({ key, value: JSON.parse(value) }));
    },

    close: () => writer.close(),
  };
}
