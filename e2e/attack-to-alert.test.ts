import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { customersOf, generateShopData } from '@vedette/example-shop/seed';
import type { AlertDetail, RequestList, WebhookPayload } from '@vedette/protocol';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { get, getAlerts, getStats, startCollector } from './support/collector.js';
import { later } from './support/scope.js';
import { startShop } from './support/shop.js';
import { openStream } from './support/stream.js';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

test('stuffing against a preloaded service is an alert on the stream, in REST, by webhook, and after a restart', async () => {
  const received: { id: string; payload: WebhookPayload }[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const headers = request.headers as Record<string, string>;
    received.push({
      id: headers['webhook-id']!,
      payload: new Webhook(SECRET).verify(body, headers) as WebhookPayload,
    });
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  later(() => receiver.close());
  await once(receiver, 'listening');
  const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

  const collector = await startCollector({ webhookUrl, webhookSecret: SECRET });
  const stream = await openStream(collector);
  const shop = await startShop(collector);

  const customers = customersOf(generateShopData({ nowMs: Date.now() }));
  const attacker = '203.0.113.66';
  const logInSomebody = async (i: number) => {
    const { email, password } = customers[i]!;
    expect(await shop.logIn(`192.0.2.${i + 1}`, email, password)).toBe(200);
  };
  for (let i = 0; i < 10; i++) await logInSomebody(i);
  // People go on signing in meanwhile: the login service works, so it is not an outage.
  for (let i = 0; i < 40; i++) {
    await shop.logIn(attacker, `stolen-${i}@mail.example`, `password-${i}`);
    if (i % 8 === 0) await logInSomebody(10 + i / 8);
  }

  const raised = () => stream.messages.filter((message) => message.type === 'alert' && message.change === 'raised');
  await vi.waitFor(() => expect(raised()).toHaveLength(1), 10_000);
  const message = raised()[0];
  if (message?.type !== 'alert') throw new Error('unreachable');
  expect(message.alert).toMatchObject({ type: 'credential_stuffing', service: 'shop', sources: [attacker] });
  const { id } = message.alert;

  const sent = 15 + 40;
  await vi.waitFor(async () => expect((await getStats(collector)).requestEvents).toBe(sent), 10_000);
  // Delivered at least once: a receiver that answers late is asked again, under the same webhook id.
  await vi.waitFor(() => expect(received).not.toHaveLength(0), 10_000);
  expect(new Set(received.map((one) => one.payload.data.alert.id))).toEqual(new Set([id]));
  expect(received[0]!.payload.type).toBe('alert.raised');
  // The alert may have escalated meanwhile, which is a message of its own.
  const ofRaised = received.filter((one) => one.payload.type === 'alert.raised');
  expect(new Set(ofRaised.map((one) => one.id)).size).toBe(1);

  const { requests } = await get<RequestList>(collector, `/api/alerts/${id}/requests?limit=200`);
  expect(requests.length).toBeGreaterThanOrEqual(10);
  expect(new Set(requests.map((request) => request.source))).toEqual(new Set([attacker]));
  await expect(get(collector, `/api/alerts/${id}/requests?cursor=nonsense`)).rejects.toThrow(/400.*VDT_/);
  const detail = await get<AlertDetail>(collector, `/api/alerts/${id}`);
  expect(detail.history[0]).toMatchObject({ change: 'raised', by: null });
  expect(detail.alert.evidence.length).toBeGreaterThan(0);

  const before = await getAlerts(collector);
  await collector.close();
  const restarted = await startCollector({ dataDir: collector.dataDir });
  const after = await getAlerts(restarted);
  expect(after.alerts).toEqual(before.alerts);
  expect(after.streamCursor).toBeGreaterThanOrEqual(before.streamCursor);
});
