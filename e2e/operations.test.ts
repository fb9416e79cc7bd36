import { expect, test, vi } from 'vitest';
import { getStats, metric, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';

const span = () => ({ attributes: login('198.51.100.7', 'a1b2c3d4e5f60718', 'success') });

test('metrics tell of every stage, the queue, the detectors and the process', async () => {
  const collector = await startCollector();
  expect((await postTraces(collector, otlpJson(Array.from({ length: 30 }, span)))).status).toBe(200);
  expect((await postTraces(collector, '{')).status).toBe(400);
  await vi.waitFor(async () => expect(await metric(collector, 'vedette_spans_scored_total')).toBe(30));

  const sample = (name: string) => metric(collector, name);
  for (const stage of ['receive', 'decode', 'normalise', 'store', 'score']) {
    expect(await sample(`vedette_stage_seconds_count{stage="${stage}"}`), stage).toBeGreaterThan(0);
    expect(await sample(`vedette_stage_seconds_sum{stage="${stage}"}`), stage).toBeGreaterThan(0);
  }
  expect(await sample('vedette_ingest_requests_total{status="200"}')).toBe(1);
  expect(await sample('vedette_ingest_requests_total{status="400"}')).toBe(1);
  expect(await sample('vedette_scoring_lag_seconds_count')).toBe(1);
  expect(await sample('vedette_scoring_lag_seconds_sum')).toBeLessThan(30);
  expect(await sample('vedette_scoring_backlog_spans')).toBe(0);
  expect(await sample('vedette_scoring_catching_up')).toBe(0);
  expect(await sample('vedette_storage_queue_rows')).toBe(0);
  expect(await sample('vedette_storage_queue_max_bytes')).toBe(64 * 1024 ** 2);
  expect(await sample('vedette_storage_seconds_count{operation="insert"}')).toBeGreaterThan(0);
  expect(await sample('vedette_detector_state_max_bytes')).toBeGreaterThan(1000);
  expect(await sample('vedette_detector_event_time_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(await sample('vedette_data_dir_free_bytes')).toBeGreaterThan(0);
  expect(await sample('vedette_build_info')).toBe(1);
  expect(await sample('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(await sample('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
});

test('ready says so, with what it looked at', async () => {
  const collector = await startCollector();
  const answer = await fetch(`${collector.url}/readyz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    status: 'ready',
    checks: { state: { ok: true }, storage: { ok: true }, queue: { ok: true, rows: 0, bytes: 0 } },
  });
});

test('a shorter retention takes effect at the next start', async () => {
  const DAY_MS = 86_400_000;
  const collector = await startCollector();
  const body = otlpJson([0, 3, 20].map((days) => ({ ...span(), atMs: Date.now() - days * DAY_MS })));
  expect((await postTraces(collector, body)).status).toBe(200);
  expect((await getStats(collector)).requestEvents).toBe(3);
  await collector.close();
  for (const [retentionDays, kept] of [
    [10, 2],
    [1, 1],
  ] as const) {
    const restarted = await startCollector({ dataDir: collector.dataDir, retentionDays });
    await vi.waitFor(async () => expect((await getStats(restarted)).requestEvents).toBe(kept), 20_000);
    await restarted.close();
  }
});
