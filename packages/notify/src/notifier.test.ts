import type { DeliveryAttempted, OutboxStore } from '@vedette/protocol';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test, vi } from 'vitest';
import { payload, type Receiver, startReceiver } from '../test/receiver.js';
import {
  createMemoryOutbox,
  createNotifier,
  createWebhookSecret,
  type Notifier,
  type NotifierOptions,
  type NotifierTiming,
} from './index.js';

const SECRET = createWebhookSecret();
const FAST: Partial<NotifierTiming> = { retryDelaysMs: [10, 20, 40], outboxRetryMs: 10, closeGraceMs: 200 };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

function opens<Part extends { close(): Promise<void> }>(part: Part): Part {
  opened.push(part);
  return part;
}

const receiver = async (...answer: Parameters<typeof startReceiver>): Promise<Receiver> =>
  opens(await startReceiver(...answer));

function notifier(options: Partial<NotifierOptions> & { urls: Record<string, string>; outbox: OutboxStore }): Notifier {
  const endpoints = Object.entries(options.urls).map(([id, url]) => ({ id, url, secret: SECRET }));
  return opens(createNotifier({ endpoints, outbox: options.outbox, timing: { ...FAST, ...options.timing } }));
}

async function attemptsOf(outbox: OutboxStore, id: string): Promise<DeliveryAttempted[]> {
  return (await outbox.history(id)).filter((event) => event.kind === 'attempted');
}

async function untilOutcomes(outbox: OutboxStore, id: string, outcomes: string[]): Promise<DeliveryAttempted[]> {
  await vi.waitFor(
    async () => expect((await attemptsOf(outbox, id)).map((attempt) => attempt.outcome)).toStrictEqual(outcomes),
    { timeout: 5000, interval: 5 },
  );
  return attemptsOf(outbox, id);
}

test('posts the payload once, signed so that the Standard Webhooks verifier accepts it', async () => {
  const hook = await receiver();
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  const sent = payload('hostile \0 "title" \u2028 <script> 😀');
  await sender.enqueue('evt_alert-1_1', sent);
  const [attempt] = await untilOutcomes(outbox, 'evt_alert-1_1', ['delivered']);

  expect(hook.received).toHaveLength(1);
  const { headers, body } = hook.received[0]!;
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'evt_alert-1_1' });
  expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toStrictEqual(sent);
  expect(() => new Webhook(createWebhookSecret()).verify(body, headers as Record<string, string>)).toThrow();
  expect(attempt).toMatchObject({ attempt: 1, status: 204, error: null, nextAttemptAtMs: null });
});

test('tries again after failures, later each time, with the same id and body and a fresh signature', async () => {
  const hook = await receiver((response, n) => {
    if (n === 0) response.destroy();
    else response.writeHead(n < 3 ? 500 : 200).end(`answer ${n}`);
  });
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  await sender.enqueue('msg', payload());
  const attempts = await untilOutcomes(outbox, 'msg', ['retry', 'retry', 'retry', 'delivered']);

  expect(new Set(hook.received.map(({ headers }) => headers['webhook-id']))).toStrictEqual(new Set(['msg']));
  expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
  for (const { headers, body } of hook.received) {
    new Webhook(SECRET).verify(body, headers as Record<string, string>);
  }
  expect(attempts.map(({ status, responseBody }) => [status, responseBody])).toStrictEqual([
    [null, ''],
    [500, 'answer 1'],
    [500, 'answer 2'],
    [200, 'answer 3'],
  ]);
  const planned = attempts.slice(0, 3).map(({ nextAttemptAtMs, atMs }) => nextAttemptAtMs! - atMs);
  for (const [i, delay] of planned.entries()) {
    expect(delay).toBeGreaterThanOrEqual(FAST.retryDelaysMs![i]! * 0.8);
    expect(delay).toBeLessThanOrEqual(FAST.retryDelaysMs![i]! * 1.2);
  }
});

test('gives up when the attempts are used up', async () => {
  const hook = await receiver((response) => void response.writeHead(503).end());
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  await sender.enqueue('msg', payload());
  await untilOutcomes(outbox, 'msg', ['retry', 'retry', 'retry', 'failed']);
  expect(await outbox.pending()).toStrictEqual([]);
  expect(hook.received).toHaveLength(4);
});

test('410 ends a delivery', async () => {
  const hook = await receiver((response) => void response.writeHead(410).end('gone fishing'));
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  await sender.enqueue('msg', payload());
  const [attempt] = await untilOutcomes(outbox, 'msg', ['gone']);
  expect(attempt).toMatchObject({ status: 410, responseBody: 'gone fishing' });
});

test('a redirect is refused: nothing reaches the other place', async () => {
  const elsewhere = await receiver();
  const hook = await receiver((response) => void response.writeHead(307, { location: elsewhere.url }).end());
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox, timing: { retryDelaysMs: [] } });
  sender.start();
  await sender.enqueue('msg', payload());
  const [attempt] = await untilOutcomes(outbox, 'msg', ['failed']);
  expect(attempt).toMatchObject({ status: 307, error: 'redirects are not followed' });
  expect(elsewhere.received).toStrictEqual([]);
});

test('waits as long as Retry-After asks', async () => {
  const hook = await receiver((response, n) =>
    n === 0 ? void response.writeHead(429, { 'retry-after': '1' }).end() : void response.writeHead(200).end(),
  );
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  await sender.enqueue('msg', payload());
  await untilOutcomes(outbox, 'msg', ['retry', 'delivered']);
  expect(hook.received[1]!.atMs - hook.received[0]!.atMs).toBeGreaterThanOrEqual(990);
});

test('an endpoint that hangs times out, and holds up neither another endpoint nor its own other messages', async () => {
  const hanging = await receiver((response, n) => {
    if (n > 0) response.writeHead(200).end();
  });
  const healthy = await receiver();
  const outbox = createMemoryOutbox();
  const sender = notifier({
    urls: { hanging: hanging.url, healthy: healthy.url },
    outbox,
    timing: { timeoutMs: 300, retryDelaysMs: [] },
  });
  sender.start();
  await sender.enqueue('first', payload());
  await hanging.until(1);
  await sender.enqueue('second', payload());
  await untilOutcomes(outbox, 'second', ['delivered', 'delivered']);
  const attempts = await untilOutcomes(outbox, 'first', ['delivered', 'failed']);
  expect(attempts[1]).toMatchObject({ endpointId: 'hanging', status: null, error: 'no answer within 300 ms' });
});

test('no more exchanges at once than allowed', async () => {
  let open = 0;
  let most = 0;
  const hook = await receiver((response) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      response.writeHead(200).end();
    });
  });
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox, timing: { concurrency: 2 } });
  sender.start();
  await Promise.all(Array.from({ length: 30 }, (_, i) => sender.enqueue(`msg_${i}`, payload())));
  await hook.until(30);
  await vi.waitFor(async () => expect(await outbox.pending()).toStrictEqual([]), { timeout: 5000 });
  expect(most).toBe(2);
  expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
});

test('keeps a kilobyte of an answer that never ends', async () => {
  const hook = await receiver((response) => {
    response.writeHead(500);
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(700)));
    };
    response.on('drain', pour);
    pour();
  });
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox, timing: { retryDelaysMs: [] } });
  sender.start();
  await sender.enqueue('msg', payload());
  const [attempt] = await untilOutcomes(outbox, 'msg', ['failed']);
  expect(attempt!.responseBody).toBe('x'.repeat(1024));
});

test('what was pending when the process ended goes out in the next run, with the same id', async () => {
  const hook = await receiver((response, n) => {
    // The first exchange is never answered: the run ends in the middle of it.
    if (n > 0) response.writeHead(200).end();
  });
  const outbox = createMemoryOutbox();
  const first = notifier({ urls: { soc: hook.url }, outbox });
  first.start();
  await first.enqueue('msg', payload());
  await hook.until(1);
  const closing = performance.now();
  await first.close();
  expect(performance.now() - closing).toBeLessThan(2000);
  expect(await attemptsOf(outbox, 'msg')).toStrictEqual([]);
  await expect(first.enqueue('late', payload())).rejects.toMatchObject({ code: 'VDT_NOTIFY_CLOSED' });

  const second = notifier({ urls: { soc: hook.url }, outbox });
  second.start();
  await untilOutcomes(outbox, 'msg', ['delivered']);
  expect(hook.received.map(({ headers }) => headers['webhook-id'])).toStrictEqual(['msg', 'msg']);
  expect(hook.received[1]!.body).toBe(hook.received[0]!.body);
});

test('nothing is sent before start', async () => {
  const hook = await receiver();
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  await sender.enqueue('msg', payload());
  expect(await outbox.pending()).toHaveLength(1);
  sender.start();
  await untilOutcomes(outbox, 'msg', ['delivered']);
  expect(hook.received).toHaveLength(1);
});

test('a message handed over again is sent once, whether it waits, is on its way or has arrived', async () => {
  const hook = await receiver();
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  sender.start();
  await Promise.all([sender.enqueue('msg', payload()), sender.enqueue('msg', payload())]);
  await untilOutcomes(outbox, 'msg', ['delivered']);
  await sender.enqueue('msg', payload());
  const next = notifier({ urls: { soc: hook.url }, outbox });
  next.start();
  await next.enqueue('msg', payload());
  await next.enqueue('marker', payload());
  await untilOutcomes(outbox, 'marker', ['delivered']);
  expect(hook.received.map(({ headers }) => headers['webhook-id'])).toStrictEqual(['msg', 'marker']);
});

test('more than a lane holds waits in the outbox and goes out when there is room', async () => {
  const hook = await receiver();
  const outbox = createMemoryOutbox();
  const sender = notifier({ urls: { soc: hook.url }, outbox });
  await Promise.all(Array.from({ length: 1100 }, (_, i) => sender.enqueue(`msg_${i}`, payload())));
  sender.start();
  await vi.waitFor(async () => expect(await outbox.pending()).toStrictEqual([]), { timeout: 20_000, interval: 200 });
  const ids = hook.received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(1100);
  expect(new Set(ids).size).toBe(1100);
});

test('an outbox that fails for a while delays, loses and repeats nothing', async () => {
  const hook = await receiver();
  const outbox = createMemoryOutbox();
  let failures = 3;
  const flaky: OutboxStore = {
    ...outbox,
    append: async (events) => {
      if (events.some((event) => event.kind === 'attempted') && failures-- > 0) throw new Error('disk full');
      await outbox.append(events);
    },
  };
  const sender = notifier({ urls: { soc: hook.url }, outbox: flaky });
  sender.start();
  await sender.enqueue('msg', payload());
  await untilOutcomes(outbox, 'msg', ['delivered']);
  expect(hook.received).toHaveLength(1);
});

test('enqueue fails when the outbox does', async () => {
  const outbox: OutboxStore = { ...createMemoryOutbox(), append: () => Promise.reject(new Error('disk full')) };
  const sender = notifier({ urls: { soc: 'http://127.0.0.1:9/' }, outbox });
  await expect(sender.enqueue('msg', payload())).rejects.toThrow('disk full');
});

test.each(['', 'with space', 'line\nbreak', 'ü', 'x'.repeat(257)])('refuses the id %j', async (id) => {
  const sender = notifier({ urls: { soc: 'http://127.0.0.1:9/' }, outbox: createMemoryOutbox() });
  await expect(sender.enqueue(id, payload())).rejects.toMatchObject({ code: 'VDT_NOTIFY_INVALID' });
});

test.each([
  ['a URL that is none', { url: 'soc.example/hook' }],
  ['another scheme', { url: 'file:///etc/passwd' }],
  ['credentials in the URL', { url: 'https://user:password@soc.example/' }],
  ['a secret without its prefix', { secret: SECRET.slice('whsec_'.length) }],
  ['a short secret', { secret: 'whsec_c2hvcnQ=' }],
  ['an id with a space', { id: 'two words' }],
])('refuses %s, without telling the secret', (_, wrong) => {
  const endpoint = { id: 'soc', url: 'https://soc.example/hook', secret: SECRET, ...wrong };
  let thrown: unknown;
  try {
    createNotifier({ endpoints: [endpoint], outbox: createMemoryOutbox() });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'VDT_NOTIFY_INVALID' });
  expect((thrown as Error).message).not.toContain(endpoint.secret);
});

test('secrets differ and hold 32 bytes', () => {
  expect(Buffer.from(SECRET.replace('whsec_', ''), 'base64')).toHaveLength(32);
  expect(createWebhookSecret()).not.toBe(SECRET);
});
