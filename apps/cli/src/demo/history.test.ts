import { generateShopData, Random } from '@vedette/example-shop/seed';
import { hashObjectId, type RequestEvent } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { beforeAll, expect, test } from 'vitest';
import { simulateHistory } from './history.js';
import { createPopulation } from './population.js';
import { Schedule } from './schedule.js';
import { ShopModel } from './shop-model.js';

const KEY = 'a key for pseudonyms';
const HOUR_MS = 3_600_000;
/** A Tuesday, midnight UTC. */
const fromMs = Date.UTC(2026, 2, 3);
const untilMs = fromMs + 24 * HOUR_MS;
const model = new ShopModel(generateShopData({ nowMs: untilMs, customers: 200, orders: 3000 }));

async function aDay(seed: number, key = KEY): Promise<RequestEvent[]> {
  const schedule = new Schedule(model, createPopulation(model, new Random(seed)), new Random(seed + 1));
  const events: RequestEvent[] = [];
  for await (const batch of simulateHistory({ schedule, fromMs, untilMs, pseudonymKey: key, seed: seed + 2 })) {
    events.push(...batch);
  }
  return events;
}

let day: RequestEvent[];
beforeAll(async () => {
  day = await aDay(1);
});

test('one seed gives one past, another seed another', async () => {
  expect(await aDay(1)).toEqual(day);
  expect((await aDay(2)).map((event) => event.source)).not.toEqual(day.map((event) => event.source));
});

test('events come in order of time, each with an id of its own, within the stretch asked for', () => {
  expect(day.map((event) => event.startMs)).toEqual(day.map((event) => event.startMs).sort((a, b) => a - b));
  expect(new Set(day.map((event) => event.traceId + event.spanId)).size).toBe(day.length);
  expect(day[0]!.startMs).toBeGreaterThanOrEqual(fromMs);
  expect(day.at(-1)!.startMs).toBeLessThan(untilMs);
  expect(day.every(({ traceId, spanId }) => /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId))).toBe(
    true,
  );
});

test('every event has every field of a request event, in one order', () => {
  const fields = new Set(day.map((event) => Object.keys(event).join()));
  expect(fields.size).toBe(1);
});

test('evenings are busier than nights', () => {
  const inHours = (low: number, high: number) =>
    day.filter(({ startMs, route }) => {
      const hour = (startMs - fromMs) / HOUR_MS;
      return route === '/orders' && hour >= low && hour < high;
    }).length;
  expect(inHours(18, 22)).toBeGreaterThan(5 * Math.max(1, inHours(1, 5)));
});

test('people are who the live service says they are', () => {
  const login = day.find((event) => event.authEvent === 'login' && event.authOutcome === 'success')!;
  const customer = model.data.users.find((user) => pseudonym(KEY, user.email) === login.authIdentifier)!;
  const actions = day.filter((event) => event.actor === pseudonym(KEY, String(customer.id)));
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.every((event) => event.actorKind === 'user' && event.session !== '')).toBe(true);
});

test('customers read nothing but what is theirs', () => {
  const owners = new Map(model.data.invoices.map((invoice) => [String(invoice.id), String(invoice.customerId)]));
  const reads = day.filter((event) => event.route === '/invoices/{id}');
  expect(reads.length).toBeGreaterThan(20);
  for (const { actor, objects } of reads) {
    expect(objects).toEqual([{ kind: 'invoices', id: objects[0]!.id, hash: hashObjectId(objects[0]!.id) }]);
    expect(actor).toBe(pseudonym(KEY, owners.get(objects[0]!.id)!));
  }
});

test('some sign-ins fail, most succeed, and no identifier is in clear', () => {
  const logins = day.filter((event) => event.authEvent === 'login');
  const failed = logins.filter((event) => event.authOutcome === 'failure').length / logins.length;
  expect(failed).toBeGreaterThan(0.02);
  expect(failed).toBeLessThan(0.3);
  expect(JSON.stringify(day)).not.toContain('.example"@');
  expect(JSON.stringify(day)).not.toMatch(/@(?:mail|post|inbox|letters|shop)\.example/);
});

test('carriers, staff and the uptime monitor keep their hours', () => {
  const of = (route: string) => day.filter((event) => event.route === route);
  expect(of('/health')).toHaveLength(24 * 30);
  expect(of('/partner/orders')).toHaveLength(3 * (24 * 6 + 1));
  expect(of('/partner/orders/{id}').every((event) => new Date(event.startMs).getUTCHours() === 2)).toBe(true);
  expect(of('/partner/orders/{id}').length).toBeGreaterThan(5);
  expect(of('/exports/orders.csv')).toHaveLength(2);
  expect(of('/users/{id}').length).toBeGreaterThan(20);
});
