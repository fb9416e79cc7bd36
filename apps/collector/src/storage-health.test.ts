import { expect, test } from 'vitest';
import { StorageHealth } from './storage-health.js';

test('a write that failed counts until one succeeds, if need be one of its own', async () => {
  const health = new StorageHealth();
  let isFull = true;
  const written: string[] = [];
  const parts = {
    ping: async () => {},
    documents: {
      async set(key: string) {
        const code = isFull ? 'VDT_STORAGE_FULL' : null;
        health.observe({ operation: 'insert', code });
        if (code !== null) throw new Error(code);
        written.push(key);
      },
    },
  };
  await health.check(parts);
  health.observe({ operation: 'insert', code: 'VDT_STORAGE_FULL' });
  health.observe({ operation: 'select', code: null });
  await expect(health.check(parts)).rejects.toThrow('VDT_STORAGE_FULL');
  isFull = false;
  await Promise.all([health.check(parts), health.check(parts)]);
  await health.check(parts);
  expect(written).toHaveLength(1);
});
