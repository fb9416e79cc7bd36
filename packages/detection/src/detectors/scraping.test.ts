import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, read, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const ITEMS = 2_000;

/** The product that a visitor looks at: few are read by many, all by some. */
function popular(next: () => number): string {
  return `products/${1 + Math.floor(ITEMS * next() ** 2)}`;
}

/** Three days of visitors who look at a handful of products each. */
function history(over: Partial<RequestEvent> = {}): RequestEvent[] {
  const next = random(41);
  const events: RequestEvent[] = [];
  for (let visit = 0; visit < 2_400; visit++) {
    let atMs = START_MS - 3 * DAY_MS + Math.floor(next() * 3 * DAY_MS);
    const source = home(visit % 700);
    const size = 1 + Math.floor(next() ** 3 * 14);
    for (let i = 0; i < size; i++) {
      events.push(read({ atMs, actor: '', object: popular(next), source }, over));
      atMs += 3_000 + next() * 40_000;
    }
  }
  return merged(events);
}

function copy(
  size: number,
  gapMs: number,
  over: { shuffled?: boolean; event?: Partial<RequestEvent> } = {},
): RequestEvent[] {
  const order = Array.from({ length: size }, (_, i) => 1 + i);
  if (over.shuffled) {
    const next = random(9);
    for (let i = order.length - 1; i > 0; i--) {
      const other = Math.floor(next() * (i + 1));
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
  }
  return order.map((item, i) =>
    read(
      { atMs: START_MS + i * gapMs, actor: '', object: `products/${item}`, source: '203.0.113.7' },
      { userAgent: 'scraper/2', fingerprint: 'scr', ...over.event },
    ),
  );
}

function summaries(events: readonly RequestEvent[]): string[] {
  return run(events).alerts.map((alert) => alert.summary);
}

describe('found', () => {
  test('the catalogue in order, at full speed', () => {
    const before = history();
    const { alerts, raisedBy } = run([...before, ...copy(1_500, 300)]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'scraping', sources: ['203.0.113.7'], severity: 'medium' });
    expect(raisedBy.get('scraping')! - before.length).toBeLessThan(400);
  });

  test('in no order, at a browser’s pace', () => {
    const { alerts } = run([...history(), ...copy(800, 9_000, { shuffled: true })]);
    expect(alerts.map((alert) => alert.type)).toEqual(['scraping']);
  });

  test('spread over a hundred addresses with one piece of software, twelve items each', () => {
    const spread = copy(1_200, 8_000, { shuffled: true }).map((event, i) => ({
      ...event,
      source: `203.${Math.floor(i / 12)}.113.7`,
    }));
    const { alerts } = run([...history(), ...spread]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'scraping' });
    expect(alerts[0]!.sourceCount).toBeGreaterThan(40);
  });
});

describe('found where it is harder to see', () => {
  test('a catalogue that nobody else reads, by somebody without a name, where people have names', () => {
    const named = history().map((event, i) => ({ ...event, actor: `user-${i % 50}`, actorKind: 'user' as const }));
    const templates = copy(400, 400).map((event, i) => ({
      ...event,
      path: `/templates/${i}`,
      route: '/templates/{slug}',
      objects: [],
    }));
    const { alerts } = run([...named, ...templates]);
    expect(alerts.map((alert) => alert.type)).toEqual(['scraping']);
  });

  test('by proxies with two disguises: one alert', () => {
    const spread = copy(1_600, 8_000, { shuffled: true }).map((event, i) => ({
      ...event,
      source: `203.${Math.floor(i / 12)}.113.7`,
      fingerprint: `disguise-${i % 2}`,
    }));
    const { alerts } = run([...history(), ...spread]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.sourceCount).toBeGreaterThan(60);
  });
});

describe('left alone', () => {
  test('an eager visitor, and one below the evidence', () => {
    const next = random(17);
    const eager = Array.from({ length: 120 }, (_, i) =>
      read({ atMs: START_MS + i * 20_000, actor: '', object: popular(next), source: home(3) }),
    );
    expect(summaries([...history(), ...merged(eager, copy(150, 2_000))])).toEqual([]);
  });

  test('a flash crowd with the same new browser', () => {
    const next = random(18);
    const crowd = Array.from({ length: 4_000 }, (_, i) =>
      read(
        { atMs: START_MS + i * 900, actor: '', object: popular(next), source: home(Math.floor(next() * 900)) },
        { userAgent: 'NewBrowser/1', fingerprint: 'new' },
      ),
    );
    expect(summaries([...history(), ...crowd])).toEqual([]);
  });

  test('a popular browser, whose people each read something else', () => {
    const next = random(27);
    const day = (of: number) =>
      Array.from({ length: 700 }, (_, i) =>
        read(
          {
            atMs: START_MS - of * DAY_MS + i * 60_000,
            actor: '',
            object: `products/${1 + ((i * 13 + of * 700) % ITEMS)}`,
            source: home(Math.floor(next() * 60)),
          },
          { userAgent: 'PopularBrowser/1', fingerprint: 'popular' },
        ),
      );
    expect(summaries(merged(history(), day(2), day(1), day(0)))).toEqual([]);
  });

  test('a partner who has done the same every night', () => {
    const nights = [3, 2, 1, 0].map((day) =>
      copy(900, 700, {
        event: {
          source: '192.0.2.77',
          actor: 'partner',
          actorKind: 'api_key',
          userAgent: 'partner/1',
          fingerprint: 'p',
        },
      }).map((event) => ({ ...event, startMs: event.startMs - day * DAY_MS })),
    );
    expect(summaries(merged(history(), ...nights))).toEqual([]);
  });

  test('own records of people without names, read from end to end in minutes', () => {
    const next = random(20);
    const own = (person: number, nth: number) => `orders/${1000 + nth * 90 + person}`;
    const past = Array.from({ length: 2_500 }, () => {
      const person = Math.floor(next() * 90);
      const atMs = START_MS - next() * 6 * DAY_MS;
      // Now and then a colleague's: a firm's people come from several addresses.
      const whose = next() < 0.1 ? (person + 1) % 90 : person;
      return read({ atMs, actor: '', object: own(whose, Math.floor(next() * 9)), source: home(person) });
    });
    const all = Array.from({ length: 600 }, (_, i) =>
      read({ atMs: START_MS + i * 900, actor: '', object: own(12, 10 + i), source: '198.51.100.12' }),
    );
    expect(summaries(merged(history(), past, all))).toEqual([]);
  });

  test('a nightly job from the day on which the service is first watched', () => {
    const nights = [1, 0].map((day) =>
      copy(500, 900, { shuffled: true }).map((event) => ({ ...event, startMs: event.startMs - day * DAY_MS })),
    );
    const visitors = history().filter((event) => event.startMs > START_MS - 1.2 * DAY_MS);
    expect(summaries(merged(visitors, ...nights))).toEqual([]);
  });

  test('an address with many people behind it', () => {
    const next = random(19);
    const crowd = Array.from({ length: 2_500 }, (_, i) =>
      read({ atMs: START_MS + i * 9_000, actor: '', object: popular(next), source: '198.51.100.9' }),
    );
    expect(summaries([...history(), ...crowd])).toEqual([]);
  });
});

test('a crawler that says so and keeps its pace is listed low', () => {
  const events = copy(700, 6_000, {
    event: { userAgent: 'Mozilla/5.0 (compatible; SomeBot/2.1; +http://some.example/bot)', fingerprint: 'bot' },
  });
  expect(run([...history(), ...events]).alerts).toMatchObject([{ type: 'scraping', severity: 'low' }]);
});
