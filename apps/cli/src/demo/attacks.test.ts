import { generateShopData, Random } from '@vedette/example-shop/seed';
import { expect, test } from 'vitest';
import { Attackers } from './attacks.js';
import { createPopulation } from './population.js';
import { Schedule } from './schedule.js';
import { ShopModel } from './shop-model.js';

const startMs = Date.UTC(2026, 2, 3, 12);
const model = new ShopModel(generateShopData({ nowMs: startMs }));

test('a round is a stuffing, an enumeration and an exfiltration, one after the other', () => {
  const round = new Attackers(model, new Random(1)).round(startMs, 14_000);
  expect(round.map(({ type, startMs: atMs }) => [type, atMs - startMs])).toEqual([
    ['credential_stuffing', 0],
    ['object_enumeration', 14_000],
    ['data_exfiltration', 28_000],
  ]);
});

test('stuffing tries each account once, and a few pairs work', () => {
  const [stuffing] = new Attackers(model, new Random(1)).round(startMs, 0);
  const logins = stuffing!.journeys.map(({ journey }) => journey.steps[0]!.auth!);
  expect(new Set(logins.map(({ identifier }) => identifier)).size).toBe(logins.length);
  const hits = logins.filter(({ outcome }) => outcome === 'success').length;
  expect(hits).toBeGreaterThanOrEqual(2);
  expect(hits).toBeLessThanOrEqual(4);
  expect(new Set(stuffing!.journeys.map(({ journey }) => journey.visitor.source))).toEqual(new Set(stuffing!.sources));
});

test('the enumeration reads invoices of many others', () => {
  const [, enumeration] = new Attackers(model, new Random(3)).round(startMs, 0);
  const { steps, credential } = enumeration!.journeys[0]!.journey;
  const owners = new Map(model.data.invoices.map((invoice) => [String(invoice.id), invoice.customerId]));
  const walked = steps.flatMap((step) => (step.object === undefined ? [] : [owners.get(step.object.id)]));
  expect(walked).toHaveLength(80);
  const userId = credential.kind === 'user' ? credential.userId : -1;
  expect(new Set(walked.filter((owner) => owner !== userId)).size).toBeGreaterThan(30);
});

test('no two attacks share an address, and none is a customer’s', () => {
  const attackers = new Attackers(model, new Random(1));
  const addresses = Array.from({ length: 20 }, () => attackers.round(startMs, 0)).flatMap((round) =>
    round.flatMap(({ sources }) => sources),
  );
  expect(new Set(addresses).size).toBe(addresses.length);
  const population = createPopulation(model, new Random(7));
  const schedule = new Schedule(model, population, new Random(8));
  const benign = new Set(schedule.minute(startMs).map(({ journey }) => journey.visitor.source));
  expect(addresses.filter((address) => benign.has(address))).toEqual([]);
});
