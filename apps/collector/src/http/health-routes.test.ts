import { VedetteError } from '@vedette/protocol';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { healthRoutes } from './health-routes.js';
import { createMetrics } from './metrics.js';
import { Readiness, type ReadinessParts } from './readiness.js';

const EMPTY = { rows: 0, bytes: 0, maxBytes: 1000 };

function server(parts: Partial<ReadinessParts> = {}) {
  const app = fastify();
  const readiness = new Readiness({ ping: async () => {}, backlog: () => EMPTY, ...parts });
  healthRoutes(app, { metrics: createMetrics(), readiness });
  app.register(async (child) => child.get('/api/alerts', async () => ({ alerts: [] })));
  const get = async (url: string) => {
    const { statusCode, headers, body } = await app.inject({ url });
    return { status: statusCode, retryAfter: headers['retry-after'], body };
  };
  return { readiness, get };
}

test('before the state is rebuilt, and from closing on, only health and metrics answer', async () => {
  const { readiness, get } = server();
  const others = async () => [(await get('/api/alerts')).status, (await get('/readyz')).status];
  expect(await others()).toEqual([503, 503]);
  expect((await get('/api/alerts')).retryAfter).toBe('2');
  expect(JSON.parse((await get('/readyz')).body).checks.state).toMatchObject({ ok: false, code: 'VDT_STARTING' });
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/metrics')).status).toBe(200);
  readiness.serve();
  expect(await others()).toEqual([200, 200]);
  readiness.close();
  expect(await others()).toEqual([503, 503]);
  expect(JSON.parse((await get('/readyz')).body).checks.state).toMatchObject({ code: 'VDT_CLOSING' });
  readiness.serve();
  expect(await others()).toEqual([503, 503]);
});

test('not ready while storage does not answer, answers too late or the queue is full; the body says which', async () => {
  const unreachable = new VedetteError('VDT_STORAGE_UNREACHABLE', 'the database does not answer');
  const cases: [Partial<ReadinessParts>, 'storage' | 'queue', string][] = [
    [{ ping: () => Promise.reject(unreachable) }, 'storage', 'VDT_STORAGE_UNREACHABLE'],
    [{ ping: () => new Promise(() => {}), pingTimeoutMs: 5 }, 'storage', 'VDT_STORAGE_TIMEOUT'],
    [{ backlog: () => ({ ...EMPTY, rows: 9, bytes: 950 }) }, 'queue', 'VDT_STORAGE_BUSY'],
  ];
  for (const [parts, check, code] of cases) {
    const { readiness, get } = server(parts);
    readiness.serve();
    const { status, body } = await get('/readyz');
    const report = JSON.parse(body);
    expect([status, report.status, report.checks[check].ok, report.checks[check].code]).toEqual([
      503,
      'not ready',
      false,
      code,
    ]);
    const others = Object.entries(report.checks).filter(([name]) => name !== check);
    expect(others.every(([, value]) => (value as { ok: boolean }).ok)).toBe(true);
    expect((await get('/healthz')).status).toBe(200);
  }
});
