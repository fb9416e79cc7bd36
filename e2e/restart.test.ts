import { expect, test, vi } from 'vitest';
import { API_TOKEN, getStats, INGEST_TOKEN } from './support/collector.js';
import { startNode, VEDETTE } from './support/process.js';
import { temporaryDirectory } from './support/scope.js';
import { startShop } from './support/shop.js';

const READY = /Vedette is ready: (http:\/\/[^/]+)/;

test('spans sent equal spans stored over a kill of the collector in the middle of traffic', async () => {
  const data = await temporaryDirectory();
  const env = { VEDETTE_INGEST_TOKEN: INGEST_TOKEN, VEDETTE_API_TOKEN: API_TOKEN, VEDETTE_DATA: data };
  const first = startNode([VEDETTE, 'start', '--port', '0'], env);
  const [, url] = await first.says(READY);
  const shop = await startShop({ url: url! });
  let sent = 0;
  const traffic = async (requests: number) => {
    for (let i = 0; i < requests; i++) {
      await (await shop.request(`192.0.2.${i % 50}`, '/products')).arrayBuffer();
      sent++;
    }
  };

  await traffic(100);
  await vi.waitFor(async () => expect((await getStats({ url: url! })).requestEvents).toBeGreaterThan(0), 10_000);
  const during = traffic(200);
  await first.end('SIGKILL');
  await during;

  const second = startNode([VEDETTE, 'start', '--port', new URL(url!).port], env);
  await second.says(READY);
  await traffic(100);
  await vi.waitFor(async () => expect((await getStats({ url: url! })).requestEvents).toBe(sent), {
    timeout: 60_000,
    interval: 200,
  });
  expect(sent).toBe(400);
});
