import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { expect, test } from 'vitest';
import { CANARY, type CanaryRequest, canaryRequests, formsOf } from '../test/canaries.js';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const apps: readonly (readonly [app: string, capture: 'channel' | 'otel'])[] = [
  ['raw-app.mjs', 'channel'],
  ['raw-app.mjs', 'otel'],
  ['http2-app.mjs', 'channel'],
  ['express4-app.cjs', 'channel'],
  ['express5-app.mjs', 'channel'],
  ['express5-app.mjs', 'otel'],
  ['fastify-app.mjs', 'channel'],
  ['koa-app.mjs', 'channel'],
  ['hono-app.mjs', 'channel'],
];

test.each(apps)('%s in %s mode: no secret leaves, in any byte', async (app, capture) => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app,
    args: [`--api-key=${CANARY.argument}`],
    env: {
      VEDETTE_URL: receiver.url,
      VEDETTE_TOKEN: 'ingest-token',
      VEDETTE_CAPTURE: capture,
      VEDETTE_COMPRESSION: 'gzip',
      CANARY_SECRET: CANARY.environment,
    },
  });
  const requests = canaryRequests();
  const send = app.startsWith('http2') ? sendHttp2 : sendHttp;
  for (const request of requests) await send(service.url, request);
  await until(() => receiver.spans.length === requests.length);

  const outgoing = receiver.received.flatMap(({ path, rawHeaders, wire, body }) => [
    Buffer.from(path),
    Buffer.from(rawHeaders.join('\n')),
    wire,
    body,
  ]);
  expect(receiver.received.some(({ headers }) => headers['content-encoding'] === 'gzip')).toBe(true);
  // The agent's lines leave by way of logs.
  const lines = Buffer.from(service.warnings.join('\n'));
  const text = Buffer.concat([...outgoing, lines])
    .toString('latin1')
    .toLowerCase();
  for (const [name, secret] of Object.entries(CANARY)) {
    for (const form of formsOf(secret)) expect(text.includes(form), `${name} as ${form}`).toBe(false);
  }
  // The check sees what does leave.
  expect(text).toContain('/orders');
  // What was hidden still tells one account and one actor from another.
  const attributes = receiver.spans.map((span) => span.attributes);
  expect(new Set(attributes.map((one) => one['vedette.auth.identifier'])).size).toBeGreaterThan(3);
  expect(new Set(attributes.map((one) => one['enduser.pseudo.id'])).size).toBeGreaterThan(3);
  // The responses were looked into, and only counts came of it.
  expect(attributes.some((one) => Number(one['vedette.sensitive.card']) > 0)).toBe(true);
});

test('a secret is recognised in each encoding, wherever it stands', () => {
  for (const secret of [CANARY.email, CANARY.objectKey, CANARY.otp]) {
    const forms = formsOf(secret);
    const seen = (text: string | Buffer) => {
      const found = Buffer.from(text).toString('latin1').toLowerCase();
      return forms.some((form) => found.includes(form));
    };
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = `${before}${secret}xyz`;
      expect(seen(text)).toBe(true);
      expect(seen(encodeURIComponent(text))).toBe(true);
      expect(seen(JSON.stringify({ text }))).toBe(true);
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(seen(Buffer.from(text).toString(encoding)), `${before} ${encoding}`).toBe(true);
      }
    }
    expect(seen('nothing of the kind')).toBe(false);
  }
});

async function sendHttp(url: string, { method, path, headers, body }: CanaryRequest): Promise<void> {
  const request = httpRequest(url + path, {
    method,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
}

async function sendHttp2(url: string, { method, path, headers, body }: CanaryRequest): Promise<void> {
  const client = connect(url);
  const { connection: _, upgrade: __, ...allowed } = headers;
  const stream = client.request({ ...allowed, ':method': method, ':path': path }, { endStream: body === '' });
  if (body !== '') stream.end(body);
  stream.resume();
  await once(stream, 'end');
  client.close();
}
