import { expect, test, vi } from 'vitest';
import { startClickHouseHttp } from '../packages/storage/test/clickhouse-http.js';
import { API_TOKEN, getStats, INGEST_TOKEN } from './support/collector.js';
import { login, otlpJson, postTraces, type TestSpan } from './support/otlp.js';
import { type RunningProcess, startNode, VEDETTE } from './support/process.js';
import { later, temporaryDirectory } from './support/scope.js';

const READY = /Vedette is ready: (http:\/\/[^/]+)/;

async function startOnServer(): Promise<{
  server: Awaited<ReturnType<typeof startClickHouseHttp>>;
  run: RunningProcess;
  url: string;
}> {
  const server = await startClickHouseHttp();
  later(() => server.close());
  const run = startNode([VEDETTE, 'start', '--port', '0', '--clickhouse-url', server.url], {
    VEDETTE_INGEST_TOKEN: INGEST_TOKEN,
    VEDETTE_API_TOKEN: API_TOKEN,
    VEDETTE_DATA: await temporaryDirectory(),
  });
  const [, url] = await run.says(READY);
  return { server, run, url: url! };
}

const spans = (count: number): TestSpan[] =>
  Array.from({ length: count }, (_, i) => ({
    attributes: login(`192.0.2.${i % 50}`, String(i).padStart(16, '0'), 'success'),
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
  }));

/** Sends a body until it is acknowledged; gives up on an answer after 2 s. @returns the statuses on the way */
async function insist(collector: { url: string }, body: string): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 200) {
    statuses.push(
      await Promise.race([
        postTraces(collector, body).then((response) => response.status),
        new Promise<number>((resolve) => setTimeout(resolve, 2000, 0)),
      ]),
    );
  }
  return statuses;
}

test('while the database is away the collector is not ready; back again it takes what senders kept, once', async () => {
  const { server, url } = await startOnServer();
  const bodies = Array.from({ length: 6 }, (_, i) => otlpJson(spans(120).slice(i * 20, i * 20 + 20)));
  await insist({ url }, bodies[0]!);
  await server.stop();
  const insisting = Promise.all(bodies.map((body) => insist({ url }, body)));
  const ready = async () => (await fetch(`${url}/readyz`)).status;
  await vi.waitFor(async () => expect(await ready()).toBe(503), { timeout: 20_000, interval: 100 });
  await server.start();
  await insisting;
  await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 20_000, interval: 100 });
  expect((await getStats({ url })).requestEvents).toBe(120);
});

test('SIGTERM ends it within ten seconds, with bodies under way and the database away', async () => {
  const { server, run, url } = await startOnServer();
  await insist({ url }, otlpJson(spans(20)));
  await server.stop();
  const underWay = Array.from({ length: 8 }, (_, i) =>
    postTraces({ url }, otlpJson(spans(400).slice(40 + i * 40, 80 + i * 40))).then(
      (response) => response.status,
      () => 0,
    ),
  );
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), 20_000);
  const startedAt = performance.now();
  expect(await run.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  for (const status of await Promise.all(underWay)) expect([0, 503]).toContain(status);
});
