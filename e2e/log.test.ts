import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { API_TOKEN, getAlerts, INGEST_TOKEN, metric } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';
import { startNode, VEDETTE } from './support/process.js';
import { temporaryDirectory } from './support/scope.js';

/** In every place of hostile traffic; lower case, as some are normalised. */
const CANARY = 'kanarienvogel';

/** Bytes straight to the port, as no HTTP client would send them. */
async function raw(url: string, text: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.end(text);
  socket.resume();
  await once(socket, 'close');
}

test('the log, at its most talkative, holds nothing of what was sent', async () => {
  const env = {
    VEDETTE_INGEST_TOKEN: INGEST_TOKEN,
    VEDETTE_API_TOKEN: API_TOKEN,
    VEDETTE_DATA: await temporaryDirectory(),
    VEDETTE_LOG_LEVEL: 'trace',
    // Nothing listens there: deliveries fail, and are logged.
    VEDETTE_WEBHOOK: `http://127.0.0.1:9/${CANARY}`,
  };
  const collector = startNode([VEDETTE, 'start', '--port', '0'], env);
  const [, url] = await collector.says(/Vedette is ready: (http:\/\/[^/]+)/);
  const to = { url: url! };

  // Every eighth is a customer who gets in: the login service works, so that the others are no outage.
  const hostile = (i: number) => {
    const isCustomer = i < 10 || i % 8 === 0;
    return {
      service: `${CANARY}-service`,
      attributes: {
        ...login(isCustomer ? `203.0.113.${i}` : '203.0.113.250', `${CANARY}${i}`, isCustomer ? 'success' : 'failure'),
        'url.query': `user=${CANARY}`,
        'user_agent.original': `${CANARY}\u001b[31m\n{"level":60}`,
        ...(isCustomer ? { 'enduser.pseudo.id': `${CANARY}${i}`, 'session.id': `${CANARY}${i}` } : {}),
      },
    };
  };
  const attack = otlpJson(
    Array.from({ length: 200 }, (_, i) => ({ ...hostile(i), atMs: Date.now() - 20_000 + i * 50 })),
  );
  expect((await postTraces(to, attack)).status).toBe(200);
  const wrong: Promise<Response>[] = [
    postTraces(to, attack.slice(0, -40)),
    postTraces(to, `{"resourceSpans": "${CANARY}"}`),
    postTraces(to, `${CANARY}`, { 'content-type': 'application/x-protobuf' }),
    postTraces(to, attack, { 'content-encoding': CANARY }),
    postTraces(to, attack, { authorization: `Bearer ${CANARY}` }),
    postTraces(to, otlpJson([{ ...hostile(1), traceId: CANARY }])),
    ...[`/api/alerts/${CANARY}`, `/api/alerts?cursor=${CANARY}`, `/api/requests?source=${CANARY}`, `/${CANARY}`].map(
      (path) => fetch(url + path, { headers: { authorization: `Bearer ${API_TOKEN}` } }),
    ),
    fetch(`${url}/api/alerts`, { headers: { authorization: `Bearer ${CANARY}`, cookie: `vedette_session=${CANARY}` } }),
    fetch(`${url}/api/session`, {
      method: 'POST',
      body: `{"token":"${CANARY}`,
      headers: { 'content-type': 'application/json' },
    }),
  ];
  for (const answer of await Promise.all(wrong)) await answer.arrayBuffer();
  await raw(url!, `${CANARY} / HTTP/1.1\r\n\r\n`);
  await raw(url!, `GET /api/stream HTTP/1.1\r\nHost: ${CANARY}\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n`);
  await vi.waitFor(async () => expect((await getAlerts(to)).alerts.length).toBeGreaterThan(0), 20_000);
  await vi.waitFor(async () => {
    expect(await metric(to, 'vedette_webhook_attempts_total')).toBeGreaterThan(0);
  }, 20_000);
  await collector.end();

  const lines = collector.output().split('\n');
  // Something was logged, or this would prove nothing.
  expect(lines.some((line) => line.includes('webhook not delivered'))).toBe(true);
  expect(lines.filter((line) => line.includes(CANARY))).toEqual([]);
  expect(lines.filter((line) => line.includes('203.0.113.'))).toEqual([]);
  for (const token of [INGEST_TOKEN, API_TOKEN]) expect(lines.filter((line) => line.includes(token))).toEqual([]);
});
