import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { merged, run, SMALL } from '../../test/run.js';
import { home, random, read, request, START_MS } from '../../test/traffic.js';
import { createEngine, restoreEngine } from '../index.js';

const DAY_MS = 86_400_000;

/** Two days of visitors, then a scan, doors tried, a catalogue copied and a flood at the same time. */
function traffic(): RequestEvent[] {
  const next = random(51);
  const events: RequestEvent[] = [];
  for (let i = 0; i < 3_500; i++) {
    const atMs = START_MS - 2 * DAY_MS + i * 50_000;
    const user = Math.floor(next() * 150);
    const source = home(user);
    if (i % 40 === 0) events.push(request({ startMs: atMs, source, path: `/gone-${i % 7}`, route: '', status: 404 }));
    else if (i % 3 === 0) {
      const pages = { path: '/account', route: '/account', actor: `user-${user}`, actorKind: 'user' as const };
      events.push(request({ startMs: atMs, source, ...pages }));
    } else {
      const object = `products/${Math.floor(400 * next() ** 2)}`;
      events.push(read({ atMs, actor: '', object, source }, { durationMs: 10 }));
    }
  }
  for (let i = 0; i < 400; i++) {
    const atMs = START_MS + i * 250;
    const probe = {
      source: '203.0.113.1',
      path: `/${String.fromCharCode(97 + (i % 26))}dmin${i % 17 === 0 ? '.env' : ''}x${'y'.repeat(i % 9)}`,
    };
    if (i < 60) events.push(request({ startMs: atMs, route: '', status: 404, ...probe }));
    const door = `/admin/${'abcdefghij'[i % 10]}`;
    const mallory = { actor: 'mallory', actorKind: 'user' as const, source: '203.0.113.2' };
    if (i < 10) events.push(request({ startMs: atMs + 1, path: door, route: door, status: 403, ...mallory }));
    events.push(
      read({ atMs: atMs + 2, actor: '', object: `products/${i}`, source: '203.0.113.3' }, { userAgent: 'copy/1' }),
    );
    for (let j = 0; j < 12; j++) {
      const search = {
        path: '/search',
        route: '/search',
        durationMs: 200,
        source: '203.0.113.4',
        userAgent: 'flood/1',
      };
      events.push(request({ startMs: atMs + 3 + j * 20, ...search }));
    }
  }
  return merged(events);
}

test('all four are found, and go on from a snapshot as if nothing had been', () => {
  const events = traffic();
  const whole = run(events);
  const types = ['path_scanning', 'privilege_probing', 'rate_abuse', 'scraping'];
  expect(new Set(whole.alerts.map((alert) => alert.type))).toEqual(new Set(types));
  for (const cut of [0.2, 0.6, 0.75, 0.9]) {
    const at = Math.floor(events.length * cut);
    const first = createEngine(SMALL);
    const before = events.slice(0, at).flatMap((event) => [...first.observe(event)]);
    const second = restoreEngine(first.snapshot(), SMALL);
    const after = events.slice(at).flatMap((event) => [...second.observe(event)]);
    expect(JSON.stringify([...before, ...after, ...second.flush()])).toBe(JSON.stringify(whole.findings));
  }
});
