import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, login, random, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;

/** Ten days of people logging in from home, a few failing first: makes accounts, pairs and rates familiar. */
function history(users = 300, days = 10, seed = 1): RequestEvent[] {
  const next = random(seed);
  const events: RequestEvent[] = [];
  for (let day = days; day >= 1; day--) {
    for (let user = 0; user < users; user++) {
      if (next() < 0.3) continue;
      let atMs = START_MS - day * DAY_MS + next() * 0.6 * DAY_MS;
      while (next() < 0.12) {
        events.push(login({ atMs, source: home(user), account: `user-${user}`, ok: false }));
        atMs += 5_000;
      }
      events.push(login({ atMs, source: home(user), account: `user-${user}`, ok: true }));
    }
  }
  return merged(events);
}

function attack(
  size: number,
  stepMs: number,
  over: { source?: (i: number) => string; account?: (i: number) => string; ok?: (i: number) => boolean } = {},
): RequestEvent[] {
  return Array.from({ length: size }, (_, i) =>
    login(
      {
        atMs: START_MS + i * stepMs,
        source: over.source?.(i) ?? '203.0.113.7',
        account: over.account?.(i) ?? `stranger-${i}`,
        ok: over.ok?.(i) ?? false,
      },
      { userAgent: 'python-requests/2.32', fingerprint: 'bot' },
    ),
  );
}

test('a fast list of strangers from one address is one alert within ten attempts', () => {
  const before = history();
  const { alerts, raisedBy } = run([...before, ...attack(214, 220)]);
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({
    type: 'credential_stuffing',
    severity: 'medium',
    sources: ['203.0.113.7'],
    requests: 214,
    targetCount: expect.closeTo(214, -1),
  });
  expect(raisedBy.get('credential_stuffing')! - before.length).toBeLessThan(10);
  expect(alerts[0]!.summary).toMatch(/accounts tried from 203\.0\.113\.7 in 47 s, 100% failed/);
});
