import type { Database, InsertTarget, ReadLimits } from './database.js';
import { storageError, toStorageError } from './errors.js';
import type { SequenceClock } from './sequence-clock.js';

/** Large binary values by name, the newest wins: snapshots of the engine's state. */
export interface BlobStore {
  /** Durable when resolved. Cut short by a kill, it leaves the value before it in place. */
  put(name: string, data: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | null>;
}

const BLOBS: InsertTarget = {
  table: 'blobs',
  columns: ['name', 'version', 'part', 'parts', 'base64'],
  format: 'TabSeparated',
};

/** What needs no escaping in a row. */
const NAME = /^[\w.-]{1,200}$/;
/** Bytes per row. */
const PART_BYTES = 1024 ** 2;
/** Parts per insert and per read: text of some 22 MB. */
const PARTS_AT_ONCE = 16;
const LIMITS: ReadLimits = { maxSeconds: 60 };

export function createBlobStore(db: Database, clock: SequenceClock): BlobStore {
  return {
    async put(name, data) {
      if (!NAME.test(name)) {
        throw storageError('VDT_STORAGE_INVALID', 'a blob is named with up to 200 letters, digits, ".", "_" and "-"');
      }
      const version = clock.take(1);
      const parts = Math.max(1, Math.ceil(data.length / PART_BYTES));
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      try {
        for (let from = 0; from < parts; from += PARTS_AT_ONCE) {
          let rows = '';
          for (let part = from; part < Math.min(parts, from + PARTS_AT_ONCE); part++) {
            const base64 = bytes.toString('base64', part * PART_BYTES, (part + 1) * PART_BYTES);
            rows += `${name}\t${version}\t${part}\t${parts}\t${base64}\n`;
          }
          await db.insert(BLOBS, Buffer.from(rows, 'latin1'));
        }
        await db.command(
          'ALTER TABLE blobs DELETE WHERE name = {name:String} AND version < {version:UInt64} SETTINGS mutations_sync = 1',
          { name, version },
        );
      } catch (error) {
        throw toStorageError(error, `cannot store ${name}`);
      }
    },

    async get(name) {
      const newest = await db.select<[number, number]>(
        `SELECT version, any(parts) FROM blobs
WHERE name = {name:String}
GROUP BY version
HAVING uniqExact(part) = any(parts)
ORDER BY version DESC
LIMIT 1`,
        { name },
        LIMITS,
      );
      if (newest[0] === undefined) return null;
      const [version, parts] = newest[0];
      const chunks: Buffer[] = [];
      for (let from = 0; from < parts; from += PARTS_AT_ONCE) {
        const rows = await db.select<[string]>(
          `SELECT base64Encode(data) FROM blobs
WHERE name = {name:String} AND version = {version:UInt64} AND part >= {from:UInt32} AND part < {until:UInt32}
ORDER BY part`,
          { name, version, from, until: from + PARTS_AT_ONCE },
          LIMITS,
        );
        for (const [base64] of rows) chunks.push(Buffer.from(base64, 'base64'));
      }
      return Buffer.concat(chunks);
    },
  };
}
