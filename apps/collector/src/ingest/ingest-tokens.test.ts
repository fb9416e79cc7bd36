import { CreatedIngestTokenSchema, IngestTokenListSchema } from '@vedette/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { IngestTokens } from './ingest-tokens.js';

const INITIAL = 'vdt_ingest_initial-token-of-the-test';
const logger = pino({ level: 'silent' });
const HOUR = 3_600_000;
const limits = { spansPerSecond: null, burst: null, spansPerDay: null };

/** Documents that outlive the tokens, as storage keeps them: the newest of each key. */
function documents() {
  const kept = new Map<string, unknown>();
  return {
    kept,
    set: async (key: string, value: unknown) => void kept.set(key, JSON.parse(JSON.stringify(value))),
    list: async (prefix: string) =>
      [...kept]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value })),
  };
}

async function open(
  store: ReturnType<typeof documents>,
  options: { initial?: string; isConfigured?: boolean; spansPerSecond?: number } = {},
) {
  const clock = { nowMs: Date.parse('2030-01-01T00:00:00Z') };
  const tokens = await IngestTokens.open({
    documents: store,
    initial: { token: options.initial ?? INITIAL, isConfigured: options.isConfigured ?? false },
    logger,
    spansPerSecond: options.spansPerSecond ?? null,
    now: () => clock.nowMs,
  });
  return { tokens, clock };
}

test('a token works from when it is made until it expires or is revoked, also for a collector that starts later', async () => {
  const store = documents();
  const { tokens, clock } = await open(store);
  const until = new Date(clock.nowMs + HOUR).toISOString();
  const one = await tokens.create({ name: 'one', services: ['shop', 'shop'], expiresAt: until, limits }, 'ann');
  clock.nowMs += 1;
  const two = await tokens.create({ name: 'two', services: [], expiresAt: null, limits }, 'bob');
  expect(CreatedIngestTokenSchema.parse(one)).toMatchObject({ services: ['shop'], state: 'active', createdBy: 'ann' });
  expect(tokens.check(one.token)).toMatchObject({ ok: true, grant: { services: new Set(['shop']) } });
  expect(tokens.check(INITIAL)).toMatchObject({ ok: true, grant: { services: null } });
  expect(tokens.check(`${one.token}x`)).toEqual({ ok: false, reason: expect.stringContaining('not known') });
  await expect(tokens.create({ name: 'late', services: [], expiresAt: until.replace('2030', '2029'), limits }, 'x'))
    .rejects //
    .toMatchObject({ status: 400 });

  expect(await tokens.revoke(two.id, 'ann')).toMatchObject({ state: 'revoked', revokedBy: 'ann' });
  expect(await tokens.revoke(two.id, 'bob')).toMatchObject({ revokedBy: 'ann' });
  await expect(tokens.revoke('nonsense', 'bob')).rejects.toMatchObject({ status: 404 });
  expect(tokens.check(two.token)).toEqual({ ok: false, reason: expect.stringContaining('revoked') });
  await tokens.close();

  const later = await open(store);
  expect(later.tokens.check(one.token).ok).toBe(true);
  expect(later.tokens.check(two.token).ok).toBe(false);
  expect(IngestTokenListSchema.parse({ tokens: later.tokens.list() }).tokens.map(({ name }) => name)).toEqual([
    'two',
    'one',
    'initial token',
  ]);
  later.clock.nowMs += HOUR;
  expect(later.tokens.check(one.token)).toEqual({ ok: false, reason: expect.stringContaining('expired') });
  await later.tokens.close();
});

test('what is kept has no token in it, and says who did what', async () => {
  const store = documents();
  const { tokens } = await open(store);
  const { token, id } = await tokens.create({ name: 'one', services: ['shop'], expiresAt: null, limits }, 'ann');
  tokens.check(token);
  await tokens.revoke(id, 'bob');
  await tokens.close();
  const text = JSON.stringify([...store.kept]);
  expect(text).not.toContain(token.slice('vdt_ingest_'.length));
  expect(text).not.toContain(INITIAL);
  expect(store.kept.get(`ingest-token/${id}/created`)).toMatchObject({ by: 'ann', at: expect.any(String) });
  expect(store.kept.get(`ingest-token/${id}/revoked`)).toMatchObject({ by: 'bob', at: expect.any(String) });
});

test('when a token was used last outlives a restart', async () => {
  const store = documents();
  const { tokens, clock } = await open(store);
  const { token } = await tokens.create({ name: 'one', services: [], expiresAt: null, limits }, 'ann');
  expect(tokens.list()[0]!.lastUsedAt).toBeNull();
  clock.nowMs += HOUR;
  tokens.check(token);
  await tokens.close();
  const later = await open(store);
  expect(later.tokens.list()[0]!.lastUsedAt).toBe(new Date(clock.nowMs).toISOString());
  await later.tokens.close();
});

test('what a token sent today outlives a restart, and a rate for all tokens is for those without their own', async () => {
  const store = documents();
  const { tokens, clock } = await open(store);
  const daily = { ...limits, spansPerDay: 100 };
  const { token } = await tokens.create({ name: 'one', services: [], expiresAt: null, limits: daily }, 'ann');
  const send = (to: IngestTokens, bearer: string, spans: number) => {
    const check = to.check(bearer);
    if (!check.ok) throw new Error(check.reason);
    check.grant.allowance.charge(spans, clock.nowMs);
    return check.grant.allowance.check(clock.nowMs);
  };
  expect(send(tokens, token, 99).ok).toBe(true);
  await tokens.close();
  const later = await open(store, { spansPerSecond: 10 });
  expect(later.tokens.list()[0]!.spansToday).toBe(99);
  expect(send(later.tokens, token, 1)).toMatchObject({ ok: false, limit: '100 spans a day' });
  expect(send(later.tokens, INITIAL, 101)).toMatchObject({ ok: false, limit: '10 spans a second' });
  await later.tokens.close();
});

test('the initial token can be revoked unless a variable sets it; another initial token is not', async () => {
  const store = documents();
  const configured = await open(store, { isConfigured: true });
  await expect(configured.tokens.revoke('initial', 'ann')).rejects.toMatchObject({ code: 'VDT_TOKEN_CONFIGURED' });
  const { tokens } = await open(store);
  await tokens.revoke('initial', 'ann');
  expect(tokens.isInitialActive).toBe(false);
  expect(tokens.check(INITIAL).ok).toBe(false);
  expect((await open(store)).tokens.check(INITIAL).ok).toBe(false);
  const renewed = await open(store, { initial: 'vdt_ingest_another-initial-token' });
  expect(renewed.tokens.isInitialActive).toBe(true);
});

test('what another collector on the same database creates and revokes counts here', async () => {
  const store = documents();
  const here = await open(store);
  const there = await open(store);
  const { token, id } = await there.tokens.create({ name: 'one', services: [], expiresAt: null, limits }, 'ann');
  expect(here.tokens.check(token).ok).toBe(false);
  await here.tokens.refresh();
  expect(here.tokens.check(token).ok).toBe(true);
  await there.tokens.revoke(id, 'ann');
  await here.tokens.refresh();
  expect(here.tokens.check(token).ok).toBe(false);
});

test('what is stored but not understood gives nobody access', async () => {
  const store = documents();
  store.kept.set('ingest-token/x/created', { event: 'created', hash: 'short' });
  const { tokens } = await open(store);
  expect(tokens.list()).toHaveLength(1);
});

test('tokens in force are bounded, and so is what is remembered of those that ended', async () => {
  const { tokens } = await open(documents());
  const wanted = { name: 'one of many', services: [], expiresAt: null, limits };
  const first: string[] = [];
  while (tokens.list().length < 1_000) first.push((await tokens.create(wanted, 'ann')).id);
  await expect(tokens.create(wanted, 'ann')).rejects.toMatchObject({ status: 409, code: 'VDT_TOKENS_FULL' });
  for (const id of first) await tokens.revoke(id, 'ann');
  for (let round = 0; round < 2; round++) {
    const made: string[] = [];
    for (let i = 0; i < 999; i++) made.push((await tokens.create(wanted, 'ann')).id);
    for (const id of made) await tokens.revoke(id, 'ann');
  }
  expect(tokens.list().length).toBeLessThanOrEqual(2_001);
  expect(tokens.isInitialActive).toBe(true);
});
