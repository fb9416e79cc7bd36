import { type RequestEvent, requestEventKey } from '@vedette/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outboxContract } from '../../protocol/test/outbox-contract.js';
import type { Storage } from '../src/index.js';
import { alert, alertEvent, anyRequestEvent, BASE_MS, requestEvent } from './events.js';

/**
 * What every kind of storage must do. `reopen` closes what is open and opens the same data again.
 */
export function storageContract(name: string, reopen: () => Promise<Storage>): void {
  let storage: Storage;

  beforeAll(async () => {
    storage = await reopen();
  });
  afterAll(() => storage.close());

  /** A service of its own per test keeps tests apart in one database. */
  let serial = 0;
  const newService = () => `service-${serial++}`;

  async function scanned(service: string, range: { fromMs: number; toMs?: number; afterPosition?: number }) {
    const found: RequestEvent[] = [];
    for await (const { events } of storage.requestEvents.scan(range)) {
      found.push(...events.filter((event) => event.service === service));
    }
    return found;
  }

  describe(`${name}: request events`, () => {
    test('counts what is stored, and says when it begins and ends', async () => {
      expect(await storage.requestEvents.stats()).toStrictEqual({ requestEvents: 0, oldestMs: null, newestMs: null });
      const at = [BASE_MS + 0.1, BASE_MS + 86_400_000, BASE_MS + 7];
      await storage.requestEvents.append(at.map((startMs) => requestEvent({ startMs })));
      expect(await storage.requestEvents.stats()).toStrictEqual({ requestEvents: 3, oldestMs: at[0], newestMs: at[1] });
    });

    test('any request event comes back exactly as it was given', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRequestEvent, { minLength: 1, maxLength: 60 }), async (events) => {
          const before = await storage.requestEvents.append([requestEvent()]);
          const after = await storage.requestEvents.append(events);
          const found: RequestEvent[] = [];
          for await (const batch of storage.requestEvents.scan({ fromMs: 0, afterPosition: before })) {
            found.push(...batch.events);
            expect(batch.position).toBeLessThanOrEqual(after);
          }
          expect(found.map(plainZero)).toStrictEqual(events.map(plainZero));
        }),
        { numRuns: 15 },
      );
    });

    test('a value that no column can keep fails its own append only', async () => {
      const service = newService();
      const good = requestEvent({ service });
      const results = await Promise.allSettled([
        storage.requestEvents.append([requestEvent({ service, status: 70_000 })]),
        storage.requestEvents.append([good]),
        storage.requestEvents.append([requestEvent({ service, startMs: Number.NaN })]),
        storage.requestEvents.append([requestEvent({ service, traceId: "'; DROP TABLE request_events" })]),
      ]);
      expect(results.map((result) => result.status)).toStrictEqual(['rejected', 'fulfilled', 'rejected', 'rejected']);
      expect(results[0]).toMatchObject({ reason: { code: 'VDT_STORAGE_INVALID' } });
      expect(await scanned(service, { fromMs: 0 })).toStrictEqual([good]);
    });

    test('scan gives the order of storing, whatever the event times, within the bounds of event time', async () => {
      const service = newService();
      const events = [500, 100, 900, 300, 700].map((at) => requestEvent({ service, startMs: BASE_MS + at }));
      for (const event of events) await storage.requestEvents.append([event]);
      expect(await scanned(service, { fromMs: 0 })).toStrictEqual(events);
      expect(await scanned(service, { fromMs: BASE_MS + 300, toMs: BASE_MS + 900 })).toStrictEqual(
        events.filter((event) => [500, 300, 700].includes(event.startMs - BASE_MS)),
      );
    });

    test('scan goes through more than a batch, and takes up after a position', async () => {
      const service = newService();
      const events = Array.from({ length: 20_000 }, (_, i) => requestEvent({ service, startMs: BASE_MS + (i % 977) }));
      const first = await storage.requestEvents.append(events.slice(0, 12_000));
      await storage.requestEvents.append(events.slice(12_000));
      expect((await scanned(service, { fromMs: 0 })).map(requestEventKey)).toStrictEqual(events.map(requestEventKey));
      expect((await scanned(service, { fromMs: 0, afterPosition: first })).map(requestEventKey)).toStrictEqual(
        events.slice(12_000).map(requestEventKey),
      );
    });

    test('pages are newest first and leave nothing out, also where many requests start at once', async () => {
      const service = newService();
      const events = Array.from({ length: 57 }, (_, i) =>
        requestEvent({ service, startMs: BASE_MS + Math.floor(i / 10) + 1 / 3 }),
      );
      await storage.requestEvents.append(events);
      const pages: RequestEvent[][] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<Storage['requestEvents']['page']>> = await storage.requestEvents.page(
          { service },
          { cursor, limit: 10 },
        );
        pages.push(page.events);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(pages.map((page) => page.length)).toStrictEqual([10, 10, 10, 10, 10, 7]);
      expect(pages.flat()).toStrictEqual([...events].reverse());
    });

    test('a page keeps to every part of its filter', async () => {
      const service = newService();
      const a = requestEvent({ service, source: '198.51.100.1', actor: 'ann', method: 'POST', route: '/login' });
      const b = requestEvent({ service, source: '198.51.100.2', actor: 'bob', startMs: a.startMs + 0.25 });
      const c = requestEvent({ service, source: '2001:db8::1', actor: 'ann', startMs: a.startMs + 0.5 });
      await storage.requestEvents.append([a, b, c, requestEvent({ service: newService() })]);
      const find = async (filter: Parameters<Storage['requestEvents']['page']>[0]) =>
        (await storage.requestEvents.page({ service, ...filter }, { cursor: null, limit: 10 })).events;
      expect(await find({})).toStrictEqual([c, b, a]);
      expect(await find({ sources: [], actors: [], routes: [] })).toStrictEqual([c, b, a]);
      expect(await find({ sources: ['198.51.100.1', '2001:db8::1'] })).toStrictEqual([c, a]);
      expect(await find({ actors: ['ann'], sources: ['198.51.100.1'] })).toStrictEqual([a]);
      expect(await find({ routes: ['POST /login'] })).toStrictEqual([a]);
      expect(await find({ fromMs: b.startMs, toMs: c.startMs })).toStrictEqual([b]);
    });

    test('a filter is compared, never run: hostile values find themselves and nothing else', async () => {
      const service = newService();
      await fc.assert(
        fc.asyncProperty(anyRequestEvent, async (drawn) => {
          const event = { ...drawn, service, actor: `${drawn.actor}' OR 1=1 --`, startMs: BASE_MS };
          await storage.requestEvents.append([event]);
          const { source, actor, method, route } = event;
          const { events } = await storage.requestEvents.page(
            { service, sources: [source], actors: [actor, "\\') OR 1 --"], routes: [`${method} ${route}`] },
            { cursor: null, limit: 1 },
          );
          expect(events.map(plainZero)).toStrictEqual([plainZero(event)]);
        }),
        { numRuns: 15 },
      );
      const page = await storage.requestEvents.page({ service: "' OR '1'='1" }, { cursor: null, limit: 10 });
      expect(page).toStrictEqual({ events: [], nextCursor: null });
    });

    test.each([
      ['a made-up cursor', {}, { cursor: 'e30', limit: 10 }],
      ['an empty cursor', {}, { cursor: '', limit: 10 }],
      ['a limit of nothing', {}, { cursor: null, limit: 0 }],
      ['a limit without end', {}, { cursor: null, limit: 1e6 }],
      ['a list without end', { sources: Array.from({ length: 257 }, String) }, { cursor: null, limit: 10 }],
    ])('refuses %s', async (_, filter, page) => {
      await expect(storage.requestEvents.page(filter, page)).rejects.toMatchObject({ code: 'VDT_STORAGE_INVALID' });
    });

    test('keys of recently stored events, old as the requests may be', async () => {
      const sinceMs = Date.now();
      const events = Array.from({ length: 3 }, (_, i) => requestEvent({ startMs: BASE_MS - i * 86_400_000 }));
      await storage.requestEvents.append(events);
      const keys: string[] = [];
      for await (const batch of storage.requestEvents.keysSince(sinceMs - 1)) keys.push(...batch);
      expect(keys.slice(-3)).toStrictEqual(events.map(requestEventKey));
      for await (const batch of storage.requestEvents.keysSince(Date.now() + 3_600_000))
        expect(batch).toStrictEqual([]);
    });

    test('traffic by the second', async () => {
      const at = BASE_MS + 40 * 86_400_000;
      const login = { authEvent: 'login', authAttempts: 1 } as const;
      await storage.requestEvents.append([
        requestEvent({ startMs: at + 10 }),
        requestEvent({ startMs: at + 999.9, status: 503 }),
        requestEvent({ startMs: at + 2000, ...login, authOutcome: 'failure', authAttempts: 3 }),
        requestEvent({ startMs: at + 2001, ...login, authOutcome: 'success' }),
        requestEvent({ startMs: at + 3000 }),
      ]);
      expect(await storage.requestEvents.perSecond(at, at + 3000)).toStrictEqual([
        { atMs: at, requests: 2, errors: 1, loginsFailed: 0, loginsSucceeded: 0 },
        { atMs: at + 2000, requests: 2, errors: 0, loginsFailed: 3, loginsSucceeded: 1 },
      ]);
    });
  });

  describe(`${name}: alert events`, () => {
    test('are read back by sequence, by alert, and as the newest of each; a repeated append changes nothing', async () => {
      const stuffing = alert({ id: "stuffing's \t id", title: 'hostile \0 \ud800 😀 <script>' });
      const scan = alert({ id: 'scan', type: 'path_scanning' });
      const events = [
        alertEvent(1, { alert: stuffing }),
        alertEvent(2, { alert: scan }),
        alertEvent(3, { alert: { ...stuffing, requests: 900 }, change: 'escalated' }),
        alertEvent(4, {
          alert: { ...stuffing, status: 'acknowledged' },
          change: 'triaged',
          by: 'ann',
          comment: "it's us",
        }),
      ];
      await Promise.all(events.map((event) => storage.alertEvents.append([event])));
      await storage.alertEvents.append(events.slice(1, 3));
      expect(await storage.alertEvents.after(0, 10)).toStrictEqual(events);
      expect(await storage.alertEvents.after(1, 2)).toStrictEqual(events.slice(1, 3));
      expect(await storage.alertEvents.latest()).toStrictEqual([events[1], events[3]]);
      expect(await storage.alertEvents.history(stuffing.id)).toStrictEqual([events[0], events[2], events[3]]);
      storage = await reopen();
      expect(await storage.alertEvents.latest()).toStrictEqual([events[1], events[3]]);
    });
  });

  describe(`${name}: documents`, () => {
    test('the newest value of a key counts, also after reopening', async () => {
      const value = { nested: [1, 'two', null], text: "\0 \t ' \\ \ud800 😀" };
      expect(await storage.documents.get('settings/a')).toBeNull();
      await storage.documents.set('settings/a', 1);
      await storage.documents.set('settings/a', value);
      await storage.documents.set('settings/b', 'b');
      await storage.documents.set('settings/c', 'c');
      await storage.documents.set('settings/c', null);
      await storage.documents.set('other%/d', true);
      for (const open of [async () => storage, reopen]) {
        storage = await open();
        expect(await storage.documents.get('settings/a')).toStrictEqual(value);
        expect(await storage.documents.get('settings/c')).toBeNull();
        expect(await storage.documents.list('settings/')).toStrictEqual([
          { key: 'settings/a', value },
          { key: 'settings/b', value: 'b' },
        ]);
        expect(await storage.documents.list('%')).toStrictEqual([]);
      }
    });
  });

  describe(`${name}: blobs`, () => {
    test('the newest put of a name counts, at any size', async () => {
      expect(await storage.blobs.get('engine')).toBeNull();
      await storage.blobs.put('engine', new Uint8Array());
      expect(await storage.blobs.get('engine')).toHaveLength(0);
      const large = new Uint8Array(20 * 1024 ** 2 + 1).map((_, i) => (i * 31) ^ (i >> 8));
      await storage.blobs.put('engine', large);
      await storage.blobs.put('other', new Uint8Array([1, 2]));
      expect(Buffer.compare((await storage.blobs.get('engine'))!, large)).toBe(0);
      await storage.blobs.put('engine', new Uint8Array([0, 255, 10]));
      expect([...(await storage.blobs.get('engine'))!]).toStrictEqual([0, 255, 10]);
      expect([...(await storage.blobs.get('other'))!]).toStrictEqual([1, 2]);
    });
  });

  outboxContract(name, () => storage.deliveries);

  describe(`${name}: life`, () => {
    test('answers while open; what was accepted before close is there after it, what comes later is refused', async () => {
      await storage.ping();
      const service = newService();
      const events = Array.from({ length: 5 }, () => requestEvent({ service }));
      const accepted = events.map((event) => storage.requestEvents.append([event]));
      const old = storage;
      storage = await reopen();
      await Promise.all(accepted);
      await expect(old.requestEvents.append(events)).rejects.toMatchObject({ code: 'VDT_STORAGE_CLOSED' });
      expect(await scanned(service, { fromMs: 0 })).toStrictEqual(events);
    });
  });
}

/** Text formats have no negative zero. */
function plainZero(event: RequestEvent): RequestEvent {
  return { ...event, startMs: event.startMs + 0, durationMs: event.durationMs + 0 };
}
