import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storageContract } from '../test/storage-contract.js';
import { openStorage, type Storage } from './index.js';

const root = mkdtempSync(join(tmpdir(), 'vedette-storage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let storage: Storage | null = null;

storageContract('embedded', async () => {
  await storage?.close();
  storage = await openStorage(
    { kind: 'embedded', dataDir: join(root, 'data') },
    {
      retention: { requestEventsDays: null, alertEventsDays: null, deliveryEventsDays: null },
      insertIntervalMs: 0,
    },
  );
  return storage;
});
