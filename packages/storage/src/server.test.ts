import { afterAll, describe, expect, test } from 'vitest';
import { startClickHouseHttp } from '../test/clickhouse-http.js';
import { requestEvent } from '../test/events.js';
import { storageContract } from '../test/storage-contract.js';
import { openStorage, type Storage, type StorageOptions } from './index.js';

const FOR_EVER: StorageOptions = {
  retention: { requestEventsDays: null, alertEventsDays: null, deliveryEventsDays: null },
  insertIntervalMs: 0,
};

const server = await startClickHouseHttp();
afterAll(() => server.close());

let storage: Storage | null = null;

storageContract('server', async () => {
  await storage?.close();
  storage = await openStorage({ kind: 'server', url: server.url }, FOR_EVER);
  return storage;
});

describe('server: what can go wrong', () => {
  test.each([
    ['another scheme', 'tcp://127.0.0.1:9000/vedette'],
    ['no URL', 'localhost'],
    ['a database that is not a plain name', 'http://127.0.0.1:8123/a;b'],
  ])('%s is refused', async (_, url) => {
    await expect(openStorage({ kind: 'server', url })).rejects.toMatchObject({ code: 'VDT_STORAGE_INVALID' });
  });

  test('a wrong password is refused, and the message does not repeat it', async () => {
    const url = new URL(server.url);
    url.password = 'not-this-one';
    const opening = openStorage({ kind: 'server', url: url.href });
    await expect(opening).rejects.toMatchObject({ code: 'VDT_STORAGE_DENIED' });
    await expect(opening).rejects.not.toThrow('not-this-one');
  });

  test('a server that is not there', async () => {
    await expect(openStorage({ kind: 'server', url: 'http://127.0.0.1:9/vedette' })).rejects.toMatchObject({
      code: 'VDT_STORAGE_UNREACHABLE',
    });
  });

  test.each(['before', 'after'] as const)(
    'a connection that breaks %s an insert was executed fails that append, and the next one works',
    async (when) => {
      const open = await openStorage({ kind: 'server', url: server.url }, FOR_EVER);
      server.breakNext(/^INSERT INTO request_events/, when);
      await expect(open.requestEvents.append([requestEvent()])).rejects.toMatchObject({
        code: 'VDT_STORAGE_UNREACHABLE',
      });
      await open.requestEvents.append([requestEvent()]);
      await open.close();
    },
  );
});
