import { generateShopData, Random } from '@vedette/example-shop/seed';
import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { catchSpans } from '../../test/span-catcher.js';
import { BusinessJourneys } from './business-journeys.js';
import { EventReporter } from './history.js';
import type { PlannedJourney, Step } from './journey.js';
import { LiveDriver } from './live-driver.js';
import { createPopulation } from './population.js';
import { Schedule } from './schedule.js';
import { ShopModel } from './shop-model.js';
import { startShop } from './shop-process.js';
import { ShopSteps } from './shop-steps.js';

const KEY = 'the key of both sides';

test('the past looks exactly as the live service would have reported it', async () => {
  await using spans = await catchSpans(KEY);
  const shop = await startShop({ collectorUrl: spans.url, ingestToken: 'any-token-will-do', pseudonymKey: KEY });
  const driver = new LiveDriver(shop.url);
  const planned = journeys();
  const expected = planned.flatMap((journey) => new EventReporter(KEY, 1).eventsOf(journey));
  try {
    await shop.ready;
    for (const journey of planned) driver.start(journey);
    await expect.poll(() => driver.counts, { timeout: 20_000 }).toMatchObject({ answered: expected.length, failed: 0 });
    expect(driver.counts.unexpected).toBe(0);
  } finally {
    await driver.stop();
    await shop.stop();
  }
  await expect.poll(() => spans.events.length, { timeout: 10_000 }).toBe(expected.length);

  expect(spans.events.some((event) => event.handedOut.length > 0)).toBe(true);
  const live = byRequest(spans.events);
  expect([...live.keys()].sort()).toEqual([...byRequest(expected).keys()].sort());
  for (const [request, simulated] of byRequest(expected)) {
    const actual = live.get(request) ?? [];
    expect(actual.length, `${request}: times`).toBe(simulated.length);
    expect(comparable(actual[0]!), request).toEqual(comparable(simulated[0]!));
    if (actual[0]!.handedOut.length > 0) {
      expect([...actual[0]!.handedOut].sort(), request).toEqual([...simulated[0]!.handedOut].sort());
    }
    const lengthRatio = actual[0]!.responseBytes / simulated[0]!.responseBytes;
    expect(Math.abs(lengthRatio - 1), `${request}: length ${actual[0]!.responseBytes}`).toBeLessThan(0.15);
  }
}, 60_000);

/** Journeys of every kind that the past is made of, without pauses. */
function journeys(): PlannedJourney[] {
  const model = new ShopModel(generateShopData({ nowMs: Date.now() }));
  const population = createPopulation(model, new Random(7));
  const schedule = new Schedule(model, population, new Random(8));
  // A Tuesday: staff at work, accountants export.
  const morningMs = Date.UTC(2026, 2, 3, 9);
  const ordinary = Array.from({ length: 41 }, (_, i) => schedule.minute(morningMs + i * 60_000)).flat();
  const business = new BusinessJourneys(model, new ShopSteps(model, new Random(9)), new Random(10));
  const nowMs = Date.now();
  const chosen = [
    ...firstOfEachKind(ordinary, { visit: 12, 'passer-by': 12, 'health check': 1, 'month export': 2 }),
    { atMs: nowMs, journey: business.supportCase(population.support[0]!, false) },
    ...model.data.partners.map((partner) => ({ atMs: nowMs, journey: business.partnerSync(partner, nowMs) })),
    ...model.data.partners.map((partner) => ({
      atMs: nowMs,
      journey: business.partnerPoll(partner, nowMs, 7_200_000),
    })),
  ];
  return chosen.map(({ journey }) => ({
    atMs: Date.now(),
    journey: { ...journey, steps: untilPurchase(journey.steps).map((step) => ({ ...step, thinkMs: 1 })) },
  }));
}

/** The list after a purchase shows the new order, which the past cannot know. */
function untilPurchase(steps: readonly Step[]): readonly Step[] {
  const purchase = steps.findIndex((step) => step.method === 'POST' && step.route === '/orders');
  return purchase === -1 ? steps : steps.slice(0, purchase + 1);
}

function firstOfEachKind(
  planned: readonly PlannedJourney[],
  most: Readonly<Record<string, number>>,
): readonly PlannedJourney[] {
  const seen = new Map<string, number>();
  return planned.filter(({ journey: { name } }) => {
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen.get(name)! <= (most[name] ?? 0);
  });
}

function byRequest(events: readonly RequestEvent[]): Map<string, RequestEvent[]> {
  const groups = new Map<string, RequestEvent[]>();
  for (const event of events) {
    const key = `${event.source} ${event.method} ${event.path}?${event.query} ${event.status} ${event.authIdentifier}${event.actor}`;
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  return groups;
}

/** An event without what differs between any two requests: ids, times, the token's own pseudonym, the exact length. */
function comparable(event: RequestEvent): object {
  // The agent looks for handed-out ids and sensitive data within a budget of time, so not in every response.
  const { traceId, spanId, instance, startMs, durationMs, session, responseBytes, handedOut, sensitive, ...rest } =
    event;
  return { ...rest, hasSession: session !== '' };
}
