import type { RequestEvent } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const ROUTES = ['/', '/products', '/cart', '/search', '/account'];
const STRAYS = ['/old-sale.html', '/about', '/news', '/en/help', '/blog/feed.php', '/favicon.ico', '/robots.txt'];

/** Three days of visitors who read pages and now and then ask for something that is not there. */
function history(size = 3_000): RequestEvent[] {
  const next = random(11);
  return Array.from({ length: size }, (_, i) => {
    const atMs = START_MS - 3 * DAY_MS + (i / size) * 3 * DAY_MS;
    const source = home(Math.floor(next() * 400));
    if (next() < 0.02) {
      return miss(
        atMs,
        source,
        next() < 0.7 ? STRAYS[Math.floor(next() * STRAYS.length)]! : `/gone-${Math.floor(next() * 1e6).toString(36)}`,
      );
    }
    const route = ROUTES[Math.floor(next() * ROUTES.length)]!;
    return request({ startMs: atMs, source, path: route, route });
  });
}

function miss(atMs: number, source: string, path: string, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({ startMs: atMs, source, path, route: '', routeFrom: '', status: 404, ...over });
}

function word(i: number): string {
  return `${['admin', 'test', 'old', 'dev', 'stage', 'private', 'data'][i % 7]}${String.fromCharCode(97 + (i % 26), 97 + (i % 23), 97 + (i % 19))}`;
}

function scan(size: number, gapMs: number, over: Partial<RequestEvent> = {}): RequestEvent[] {
  return Array.from({ length: size }, (_, i) =>
    miss(START_MS + i * gapMs, '203.0.113.7', `/${word(i)}`, { userAgent: 'curl/8.9', fingerprint: '', ...over }),
  );
}

const PROBES = ['/.env', '/.git/config', '/wp-login.php', '/phpmyadmin/index.php', '/actuator/env', '/cgi-bin/test'];

function summaries(events: readonly RequestEvent[]): string[] {
  return run(events).alerts.map((alert) => alert.summary);
}

describe('found', () => {
  test('a scanner with a public list, within a handful of paths, low', () => {
    const before = history();
    const probes = PROBES.map((path, i) => miss(START_MS + i * 500, '203.0.113.7', path));
    const { alerts, raisedBy } = run([...before, ...probes, ...scan(200, 300)]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'path_scanning', severity: 'low', sources: ['203.0.113.7'] });
    expect(alerts[0]!.summary).toContain('well-known probes');
    expect(raisedBy.get('path_scanning')! - before.length).toBeLessThan(5);
  });

  test.each([
    ['one path in 20 s', 20_000],
    ['one path in 8 minutes', 480_000],
  ])('forty paths from no list, %s', (_, gapMs) => {
    const { alerts } = run([...history(), ...scan(40, gapMs)]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'path_scanning', severity: 'low' });
  });

  test('a scan between three times as many ordinary pages', () => {
    const cover = Array.from({ length: 120 }, (_, i) =>
      request({ startMs: START_MS + i * 7_000 + 1, source: '203.0.113.7', path: '/products', route: '/products' }),
    );
    const { alerts } = run([...history(), ...merged(scan(40, 21_000), cover)]);
    expect(alerts.map((alert) => alert.type)).toEqual(['path_scanning']);
  });

  test('a list spread over twenty addresses with the same software', () => {
    const spread = scan(100, 60_000, { userAgent: 'Mozilla/5.0 (odd)', fingerprint: 'abc' }).map((event, i) => ({
      ...event,
      source: `203.0.${i % 20}.9`,
    }));
    const { alerts } = run([...history(), ...spread]);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]!.sourceCount).toBeGreaterThan(15);
  });

  test('a secret that is handed out makes it high', () => {
    const probes = PROBES.map((path, i) =>
      miss(START_MS + i * 500, '203.0.113.7', path, path === '/.git/config' ? { status: 200, responseBytes: 312 } : {}),
    );
    const { alerts } = run([...history(), ...probes]);
    expect(alerts[0]!.score).toBeGreaterThanOrEqual(70);
    expect(alerts[0]!.summary).toContain('/.git/config');
  });

  test('behind a page for everything: probes answered 200 with one size are no success', () => {
    const probes = [
      '/.env',
      '/.git/config',
      '/wp-login.php',
      '/backup.sql',
      '/phpmyadmin/',
      '/.aws/credentials',
      '/id_rsa',
      '/.svn/entries',
      '/solr/admin/info',
      '/xmlrpc.php',
    ];
    const events = probes.map((path, i) =>
      miss(START_MS + i * 700, '203.0.113.7', path, { status: 200, route: '', responseBytes: 1_430 }),
    );
    const { alerts } = run([...history(), ...events]);
    expect(alerts.map((alert) => [alert.type, alert.severity])).toEqual([['path_scanning', 'low']]);
  });
});

describe('left alone', () => {
  test('visitors with stray requests, icons, source maps and ten bookmarks that are gone', () => {
    const strays = ['/favicon.ico', '/apple-touch-icon.png', '/assets/app.js.map', '/.well-known/assetlinks.json'];
    const gone = Array.from({ length: 10 }, (_, i) => `/${word(i)}`);
    const events = [...strays, ...gone].map((path, i) => miss(START_MS + i * 60_000, home(3), path));
    expect(summaries([...history(), ...events])).toEqual([]);
  });

  test('a release with fifteen broken links, and an old app on ten retired routes', () => {
    const broken = Array.from({ length: 15 }, (_, i) => `/assets/${word(i)}.js`);
    const retired = Array.from({ length: 10 }, (_, i) => `/api/v1/${word(i)}`);
    const release = Array.from({ length: 60 }, (_, user) =>
      broken.map((path, i) => miss(START_MS + user * 2_000 + i * 50, home(user * 300), path)),
    );
    const app = Array.from({ length: 40 }, (_, user) =>
      retired.map((path, i) =>
        miss(START_MS + user * 900_000 + i * 80, home(user * 300 + 7), path, {
          userAgent: 'OldApp/1',
          fingerprint: 'old',
        }),
      ),
    );
    expect(summaries([...history(), ...merged(...release, ...app)])).toEqual([]);
  });

  test('a crawler that follows old links now and then', () => {
    const next = random(5);
    const events = Array.from({ length: 900 }, (_, i) => {
      const atMs = START_MS + i * 8_000;
      if (next() < 0.06) return miss(atMs, '66.249.66.3', `/old/${word(i)}`, { userAgent: 'Googlebot/2.1' });
      return request({
        startMs: atMs,
        source: '66.249.66.3',
        path: '/products',
        route: '/products',
        userAgent: 'Googlebot/2.1',
      });
    });
    expect(summaries([...history(), ...events])).toEqual([]);
  });

  test('an address with two hundred people behind it, each with a stray of their own', () => {
    const events = Array.from({ length: 4_000 }, (_, i) => {
      const atMs = START_MS + i * 5_000;
      if (i % 66 === 0) return miss(atMs, '198.51.100.9', `/${word(i / 66)}-${i}.html`);
      return request({ startMs: atMs, source: '198.51.100.9', path: '/cart', route: '/cart' });
    });
    expect(summaries([...history(), ...events])).toEqual([]);
  });

  test('WordPress where it is the service, and a walk through ids that do not exist', () => {
    const own = Array.from({ length: 60 }, (_, i) =>
      request({
        startMs: START_MS - DAY_MS + i * 1_000,
        source: home(i),
        path: '/wp-login.php',
        route: '/wp-login.php',
        responseBytes: 2_000 + i,
      }),
    );
    const editor = [
      '/wp-admin/a.php',
      '/wp-admin/b.php',
      '/wp-json/x',
      '/wp-content/y',
      '/wp-includes/z',
      '/wp-content/w',
    ].map((path, i) => miss(START_MS + i * 3_000, home(5), path));
    const ids = Array.from({ length: 40 }, (_, i) => miss(START_MS + i * 3_000, home(9), `/things/${1000 + i}`));
    expect(summaries([...history(), ...merged(own), ...merged(editor, ids)])).toEqual([]);
  });
});
