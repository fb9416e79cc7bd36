import type { AgentList, CreatedIngestToken, IngestToken, IngestTokenList } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { API_TOKEN, get, getStats, INGEST_TOKEN, metric, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';
import { startNode, VEDETTE } from './support/process.js';
import { temporaryDirectory } from './support/scope.js';

const span = (service: string) => ({ service, attributes: login('198.51.100.7', 'a1b2c3d4e5f60718', 'success') });

async function call<T>(collector: { url: string }, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(collector.url + path, {
    method,
    headers: { authorization: `Bearer ${API_TOKEN}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

const create = (collector: { url: string }, body: object) =>
  call<CreatedIngestToken>(collector, 'POST', '/api/ingest-tokens', body);

test('a token of one service cannot write as another, and what is refused is counted', async () => {
  const collector = await startCollector();
  const { token } = await create(collector, { name: 'shop', services: ['shop', 'shop-admin'] });
  const authorization = `Bearer ${token}`;
  const post = (...services: string[]) => postTraces(collector, otlpJson(services.map(span)), { authorization });

  expect((await post('shop', 'shop-admin')).status).toBe(200);
  const mixed = await post('shop', 'bank', 'bank');
  expect(mixed.status).toBe(200);
  expect(await mixed.json()).toEqual({
    partialSuccess: { rejectedSpans: '2', errorMessage: '2: service outside the scope of the token' },
  });
  const foreign = await post('bank');
  expect(foreign.status).toBe(403);
  expect(await foreign.text()).toMatch(/not for the services/);
  // Names are compared to the letter.
  expect((await post('Shop')).status).toBe(403);

  expect((await getStats(collector)).requestEvents).toBe(3);
  expect(await metric(collector, 'vedette_spans_received_total')).toBe(7);
  expect(await metric(collector, 'vedette_spans_stored_total')).toBe(3);
  expect(await metric(collector, 'vedette_spans_rejected_total')).toBe(4);
});

test('a token of one service cannot tell of the agents of another', async () => {
  const collector = await startCollector();
  const { token } = await create(collector, { name: 'shop', services: ['shop'] });
  const report = (service: string) => ({
    resource: {
      attributes: [
        { key: 'service.name', value: { stringValue: service } },
        { key: 'service.instance.id', value: { stringValue: `agent of ${service}` } },
      ],
    },
    scopeMetrics: [{ metrics: [{ name: 'vedette.agent.up', gauge: { dataPoints: [{ asInt: '1' }] } }] }],
  });
  const response = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ resourceMetrics: [report('shop'), report('bank')] }),
  });
  expect(response.status).toBe(200);
  const { agents } = await get<AgentList>(collector, '/api/agents');
  expect(agents.map(({ service }) => service)).toEqual(['shop']);
});

test('revoked at once and over a restart; the list has no secret', async () => {
  const collector = await startCollector();
  const { token, id } = await create(collector, { name: 'shop' });
  const post = (to: { url: string }, bearer: string) =>
    postTraces(to, otlpJson([span('shop')]), { authorization: `Bearer ${bearer}` });
  expect((await post(collector, token)).status).toBe(200);
  const ended = await call<IngestToken>(collector, 'DELETE', `/api/ingest-tokens/${id}`);
  expect(ended).toMatchObject({ state: 'revoked', revokedBy: 'api token' });
  const refused = await post(collector, token);
  expect(refused.status).toBe(401);
  expect(await refused.text()).toMatch(/revoked/);
  await collector.close();

  const restarted = await startCollector({ dataDir: collector.dataDir });
  expect((await post(restarted, token)).status).toBe(401);
  expect((await post(restarted, INGEST_TOKEN)).status).toBe(200);
  const list = await get<IngestTokenList>(restarted, '/api/ingest-tokens');
  expect(list.tokens).toMatchObject([
    { id, state: 'revoked' },
    { id: 'initial', state: 'active' },
  ]);
  expect(list.tokens[0]!.lastUsedAt).not.toBeNull();
  expect(JSON.stringify(list)).not.toContain(token);
});

test('the command makes, lists and revokes them, with a collector running and without', async () => {
  const dataDir = await temporaryDirectory();
  const command = async (...args: string[]) => {
    const run = startNode([VEDETTE, 'token', ...args, '--data', dataDir], { VEDETTE_INGEST_TOKEN: INGEST_TOKEN });
    const code = await run.exit();
    return { code, output: run.output() };
  };
  const stopped = await command(
    'create',
    'shop of berlin',
    '--service',
    'shop',
    '--service',
    'cart',
    '--expires',
    '90d',
  );
  expect(stopped.code).toBe(0);
  const token = /^vdt_ingest_[\w-]{43}$/m.exec(stopped.output)![0];
  expect(stopped.output).toMatch(/for shop, cart, valid until \d{4}-/);

  const collector = await startCollector({ dataDir });
  const authorization = `Bearer ${token}`;
  expect((await postTraces(collector, otlpJson([span('shop')]), { authorization })).status).toBe(200);
  const listed = await command('list');
  const id = /^([0-9a-f]{12}) {2}shop of berlin +shop, cart +active /m.exec(listed.output)![1]!;
  expect(listed.output).not.toContain(token);
  expect((await command('revoke', id)).output).toContain('is revoked');
  expect((await postTraces(collector, otlpJson([span('shop')]), { authorization })).status).toBe(401);
  await collector.close();

  expect((await command('list')).output).toMatch(new RegExp(`^${id} .* revoked `, 'm'));
  expect(await command('revoke', 'nonsense')).toMatchObject({
    code: 1,
    output: expect.stringContaining('VDT_NOT_FOUND'),
  });
  expect(await command('create', 'x', '--expires', 'soon')).toMatchObject({
    code: 1,
    output: expect.stringContaining('VDT_TOKEN_OPTIONS'),
  });
});

test('the command asks a collector elsewhere by its address', async () => {
  const collector = await startCollector();
  const run = startNode([VEDETTE, 'token', 'list', '--json', '--url', collector.url], { VEDETTE_API_TOKEN: API_TOKEN });
  expect(await run.exit()).toBe(0);
  expect((JSON.parse(run.output()) as IngestTokenList).tokens.map(({ id }) => id)).toEqual(['initial']);
  const nobody = startNode([VEDETTE, 'token', 'list', '--url', 'http://127.0.0.1:9'], { VEDETTE_API_TOKEN: API_TOKEN });
  expect(await nobody.exit()).toBe(1);
  expect(nobody.output()).toContain('VDT_COLLECTOR_UNREACHABLE');
});
