import { type Alert, AlertSchema, type ExpectedEvent, type Finding } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { START_MS } from '../../test/traffic.js';
import { createAlertBook } from '../index.js';

const MINUTE_MS = 60_000;

function finding(over: Partial<Finding> = {}): Finding {
  return {
    type: 'credential_stuffing',
    campaignKey: 'source:203.0.113.7',
    state: 'open',
    service: 'shop',
    atMs: START_MS + 10_000,
    firstSeenMs: START_MS,
    lastSeenMs: START_MS + 10_000,
    sources: ['203.0.113.7'],
    sourceCount: 1,
    actors: [],
    actorCount: 0,
    targets: ['account:a1'],
    targetCount: 9,
    routes: ['POST /login'],
    compromised: [],
    requests: 9,
    logLikelihood: 16,
    threshold: 15,
    units: 9,
    outcome: 'none',
    discounts: [],
    evidence: [],
    title: 'Credential stuffing from 203.0.113.7',
    summary: '9 accounts tried.',
    ...over,
  };
}

test('raises an alert that fits its schema, with a score that adds up', () => {
  const update = createAlertBook().apply(finding());
  expect(update?.change).toBe('raised');
  const alert = AlertSchema.parse(update?.alert);
  expect(alert).toMatchObject({
    type: 'credential_stuffing',
    severity: 'low',
    requests: 9,
    raisedAt: '2026-03-02T09:00:10.000Z',
  });
  expect(alert.scoreTerms.reduce((sum, term) => sum + term.points, 0)).toBe(alert.score);
  expect(alert.activity.counts.reduce((sum, count) => sum + count, 0)).toBe(9);
});

test('later findings update, a higher band or ten times the size escalates, the same again is nothing', () => {
  const book = createAlertBook();
  book.apply(finding());
  const more = finding({ atMs: START_MS + 20_000, lastSeenMs: START_MS + 20_000, requests: 30, units: 30 });
  expect(book.apply(more)?.change).toBe('updated');
  expect(book.apply(more)).toBeNull();
  const hit = { ...more, atMs: START_MS + 21_000, compromised: ['a7'], outcome: 'success' as const, logLikelihood: 40 };
  expect(book.apply(hit)).toMatchObject({ change: 'escalated', alert: { severity: 'high', compromised: ['a7'] } });
  const big = { ...hit, atMs: START_MS + 60_000, requests: 900, units: 900 };
  expect(book.apply(big)?.change).toBe('escalated');
  expect(book.list()).toHaveLength(1);
});

test('an older statement that comes late changes nothing', () => {
  const book = createAlertBook();
  book.apply(finding({ requests: 30, atMs: START_MS + 30_000 }));
  expect(book.apply(finding())).toBeNull();
});

describe('grouping', () => {
  test('campaigns of one type that share a source are one alert', () => {
    const book = createAlertBook();
    book.apply(finding());
    const update = book.apply(
      finding({ campaignKey: 'prefix:203.0.113.0/24', sources: ['203.0.113.9', '203.0.113.7'], requests: 20 }),
    );
    expect(update).toMatchObject({
      change: 'updated',
      alert: { requests: 29, sources: ['203.0.113.7', '203.0.113.9'] },
    });
  });

  test('one of forty addresses that another alert names joins nothing', () => {
    const book = createAlertBook();
    book.apply(finding());
    const sources = ['203.0.113.7', ...Array.from({ length: 39 }, (_, i) => `198.51.100.${i}`)];
    const update = book.apply(finding({ campaignKey: 'service', sources, sourceCount: 40, requests: 90 }));
    expect(update).toMatchObject({ change: 'raised', alert: { sourceCount: 40 } });
    expect(update!.alert.storyId).toBe(book.list().at(-1)!.storyId);
  });

  test('not when the other is long over', () => {
    const book = createAlertBook();
    book.apply(finding());
    const later = START_MS + 120 * MINUTE_MS;
    const update = book.apply(finding({ firstSeenMs: later, lastSeenMs: later, atMs: later }));
    expect(update?.change).toBe('raised');
    expect(book.list()).toHaveLength(2);
  });

  test('another type by the same source is another alert of the same story', () => {
    const book = createAlertBook();
    const first = book.apply(finding())!.alert;
    const second = book.apply(
      finding({ type: 'data_exfiltration', campaignKey: 'actor:x', actors: ['x'], atMs: START_MS + MINUTE_MS }),
    )!.alert;
    expect(second.id).not.toBe(first.id);
    expect(second.storyId).toBe(first.storyId);
  });

  test('a campaign that returns after it was resolved reopens its alert as recurring', () => {
    const book = createAlertBook();
    const { id } = book.apply(finding())!.alert;
    expect(book.triage(id, { status: 'resolved', resolution: 'true_positive' })?.change).toBe('triaged');
    const later = START_MS + 300 * MINUTE_MS;
    const update = book.apply(finding({ firstSeenMs: later, lastSeenMs: later, atMs: later, requests: 7 }));
    expect(update).toMatchObject({
      change: 'recurred',
      alert: { id, status: 'new', resolution: null, recurring: true, requests: 16 },
    });
  });
});

test('a withdrawn finding withdraws its alert', () => {
  const book = createAlertBook();
  book.apply(finding());
  const update = book.apply(finding({ state: 'withdrawn', atMs: START_MS + 30_000 }));
  expect(update).toMatchObject({ change: 'withdrawn', alert: { status: 'withdrawn' } });
  expect(book.apply(finding({ state: 'withdrawn', campaignKey: 'source:other', sources: [] }))).toBeNull();
});

test('after a restart the same findings change nothing, newer ones go on', () => {
  const before = createAlertBook();
  before.apply(finding());
  const alert = before.apply(
    finding({ requests: 30, units: 30, lastSeenMs: START_MS + 20_000, atMs: START_MS + 20_000 }),
  )!.alert;
  const after = createAlertBook();
  after.load(JSON.parse(JSON.stringify(alert)) as Alert);
  expect(after.apply(finding())).toBeNull();
  expect(
    after.apply(finding({ requests: 30, units: 30, lastSeenMs: START_MS + 20_000, atMs: START_MS + 20_000 })),
  ).toBeNull();
  const update = after.apply(
    finding({ requests: 40, units: 40, lastSeenMs: START_MS + 25_000, atMs: START_MS + 25_000 }),
  );
  expect(update).toMatchObject({ change: 'updated', alert: { id: alert.id, requests: 40, raisedAt: alert.raisedAt } });
  expect(after.list()).toHaveLength(1);
});

test('triage refuses what does not fit', () => {
  const book = createAlertBook();
  const { id } = book.apply(finding())!.alert;
  expect(() => book.triage('nope', { status: 'new', resolution: null })).toThrow(
    expect.objectContaining({ code: 'VDT_ALERT_UNKNOWN' }),
  );
  expect(() => book.triage(id, { status: 'resolved', resolution: null })).toThrow(
    expect.objectContaining({ code: 'VDT_TRIAGE_INVALID' }),
  );
  expect(book.triage(id, { status: 'new', resolution: null })).toBeNull();
});

test('keeps only so many alerts', () => {
  const book = createAlertBook({ maxAlerts: 100 });
  for (let i = 0; i < 250; i++) {
    const atMs = START_MS + i * 60 * MINUTE_MS;
    book.apply(
      finding({ campaignKey: `source:${i}`, sources: [String(i)], atMs, firstSeenMs: atMs, lastSeenMs: atMs }),
    );
  }
  expect(book.list().length).toBeLessThanOrEqual(100);
});

describe('announced alerts', () => {
  const announced: ExpectedEvent = {
    reason: 'load test of the login, CHG-1042',
    from: '2026-03-02T08:00:00Z',
    until: '2026-03-02T10:00:00Z',
    types: ['credential_stuffing'],
    services: ['shop'],
    networks: ['203.0.113.0/24'],
  };

  function bookWith(event: Partial<ExpectedEvent> = {}) {
    const book = createAlertBook();
    book.expect([{ ...announced, ...event }]);
    return book;
  }

  test('are kept with the reason, and are no news while they stay what was announced', () => {
    const book = bookWith();
    const first = book.apply(finding());
    expect(first).toMatchObject({ change: 'expected', alert: { status: 'expected' } });
    expect(first?.alert.summary).toBe('9 accounts tried. Expected: load test of the login, CHG-1042.');
    const larger = finding({ atMs: START_MS + 60_000, lastSeenMs: START_MS + 60_000, requests: 900, units: 900 });
    expect(book.apply(larger)).toMatchObject({ change: 'updated', alert: { status: 'expected', requests: 900 } });
  });

  test('become alerts like any other when they go beyond it', () => {
    const book = bookWith();
    book.apply(finding());
    const stranger = finding({
      atMs: START_MS + 60_000,
      lastSeenMs: START_MS + 60_000,
      sources: ['203.0.113.7', '198.51.100.9'],
      sourceCount: 2,
      requests: 30,
    });
    const update = book.apply(stranger);
    expect(update).toMatchObject({ change: 'raised', alert: { status: 'new' } });
    expect(update?.alert.summary).not.toContain('Expected');
  });

  test.each<[string, Partial<ExpectedEvent>]>([
    ['another type', { types: ['scraping'] }],
    ['another service', { services: ['bank'] }],
    ['another time', { from: '2026-03-02T09:00:05Z' }],
    ['another network', { networks: ['198.51.100.0/24'] }],
    ['an actor where none is known', { actors: ['a1'] }],
    ['another route', { routes: ['GET /'] }],
  ])('are only what was announced: not with %s', (_, event) => {
    expect(bookWith(event).apply(finding())).toMatchObject({ change: 'raised', alert: { status: 'new' } });
  });
});
