import type { RequestEvent, SettingsInput } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { SMALL } from '../test/run.js';
import { home, login, START_MS } from '../test/traffic.js';
import { createEngine, type Engine, restoreEngine } from './index.js';

const SCANNER = '203.0.113.7';

/** A list of accounts tried from one address at one service, three seconds apart. */
function list(service: string, tries: number, fromMs = START_MS): RequestEvent[] {
  return Array.from({ length: tries }, (_, i) =>
    login({ atMs: fromMs + i * 3_000, source: SCANNER, account: `${service}-${fromMs}-${i}`, ok: false }, { service }),
  );
}

/** @returns `type service` of every finding */
function found(engine: Engine, events: readonly RequestEvent[]): string[] {
  const findings = events.flatMap((event) => engine.observe(event));
  findings.push(...engine.advance(events.at(-1)!.startMs + 120_000));
  return [...new Set(findings.map((finding) => `${finding.type} ${finding.service}`))];
}

function engineWith(settings: SettingsInput): Engine {
  return createEngine({ ...SMALL, settings });
}

test('a type is looked for where the settings want it', () => {
  const off = { detectors: { credential_stuffing: { enabled: false } } };
  expect(found(engineWith({}), list('shop', 40))).toEqual(['credential_stuffing shop']);
  expect(found(engineWith(off), list('shop', 40))).toEqual([]);
  const onlyHere = engineWith({
    ...off,
    services: { bank: { detectors: { credential_stuffing: { enabled: true } } } },
  });
  expect(found(onlyHere, [...list('shop', 40), ...list('bank', 40)])).toEqual(['credential_stuffing bank']);
});

test('fewer false alarms a day ask for more evidence, more requests a day as well', () => {
  const firstAfter = (settings: SettingsInput): number => {
    const engine = engineWith(settings);
    const events = list('shop', 120);
    const at = events.findIndex((event) => engine.observe(event).length + engine.advance(event.startMs + 1).length > 0);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  // Without a hold: others get in meanwhile, so it cannot be an outage; the evidence alone decides.
  const usual = firstAfter({ detectors: { credential_stuffing: { falseAlarmsPerDay: 1 / 15 } } });
  const strict = firstAfter({ detectors: { credential_stuffing: { falseAlarmsPerDay: 1e-12 } } });
  const busy = firstAfter({ services: { shop: { requestsPerDay: 1e12 } } });
  expect(usual).toBe(firstAfter({}));
  expect(strict).toBeGreaterThan(usual);
  expect(busy).toBeGreaterThan(usual);
});

test('other settings apply to what was learned so far, also over a restart', () => {
  const before = engineWith({ detectors: { credential_stuffing: { enabled: false } } });
  expect(found(before, list('shop', 40))).toEqual([]);
  before.configure({});
  expect(found(before, list('shop', 40, START_MS + 600_000))).toEqual(['credential_stuffing shop']);
  const after = restoreEngine(before.snapshot(), {
    ...SMALL,
    settings: { detectors: { credential_stuffing: { enabled: false } } },
  });
  expect(found(after, list('shop', 40, START_MS + 7_200_000))).toEqual([]);
  expect(() => before.configure({ detectors: { scraping: { enabled: 1 as never } } })).toThrow(
    expect.objectContaining({ code: 'VDT_SETTINGS_INVALID', message: expect.stringContaining('scraping.enabled') }),
  );
});

test('an ordered scanner is left alone at the service that ordered it, by its network and not by what it says', () => {
  const trustedSources = [
    { name: 'yearly test', networks: ['203.0.113.0/28'], as: 'scanner' as const, services: ['shop'] },
  ];
  expect(found(engineWith({ trustedSources }), [...list('shop', 40), ...list('bank', 40)])).toEqual([
    'credential_stuffing bank',
  ]);
  const elsewhere = [{ name: 'yearly test', networks: ['198.51.100.0/24', '2001:db8::/32'], as: 'scanner' as const }];
  expect(found(engineWith({ trustedSources: elsewhere }), list('shop', 40))).toEqual(['credential_stuffing shop']);
});

test('a drill teaches nothing about what is normal', () => {
  const trustedSources = [{ name: 'yearly test', networks: [SCANNER], as: 'scanner' as const }];
  const triesUntilFound = (isDrilled: boolean): number => {
    const engine = engineWith({ trustedSources });
    for (let user = 0; user < 60; user++) {
      engine.observe(login({ atMs: START_MS + user * 60_000, source: home(user), account: `user-${user}`, ok: true }));
    }
    if (isDrilled) for (const event of list('shop', 400, START_MS + 4_000_000)) engine.observe(event);
    engine.configure({});
    const attack = list('shop', 60, START_MS + 90_000_000);
    return attack.findIndex(
      (event) => engine.observe(event).length + engine.advance(event.startMs + 61_000).length > 0,
    );
  };
  expect(triesUntilFound(true)).toBe(triesUntilFound(false));
  expect(triesUntilFound(true)).toBeGreaterThan(0);
});
