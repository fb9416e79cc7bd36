import { once } from 'node:events';
import { connect } from 'node:http2';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { describe, expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bearer = (sub: string) => `Bearer ${part({ alg: 'HS256' })}.${part({ sub })}.c2ln`;

type Visit = readonly [path: string, headers?: Record<string, string>];

async function visit(receiver: Receiver, service: Service, visits: readonly Visit[]) {
  for (const [path, headers = {}] of visits) await (await fetch(service.url + path, { headers })).text();
  await until(() => receiver.spans.length === visits.length);
  return receiver.spans.splice(0).map(({ attributes }) => attributes);
}

describe.each(['raw', 'express', 'fastify', 'koa', 'hono'])('%s', (framework) => {
  const start = (receiver: Receiver, capture = 'channel') =>
    Service.start({
      app: 'reporting-app.mjs',
      args: [`--framework=${framework}`],
      env: { VEDETTE_URL: receiver.url, VEDETTE_CAPTURE: capture },
    });

  test.each(['channel', 'otel'])('what the service says holds, in %s mode', async (capture) => {
    await using receiver = await Receiver.start();
    await using service = await start(receiver, capture);
    const hidden = (text: string) => pseudonym(receiver.pseudonymKey, text);
    const [enter, byResponse, join, gift, batch, key] = await visit(receiver, service, [
      ['/enter'],
      ['/enter-by-response'],
      ['/join'],
      ['/gift'],
      ['/batch'],
      ['/key', { authorization: bearer('somebody-else') }],
    ]);
    const ann = { 'vedette.auth.identifier': hidden('ann@example.com') };
    expect(enter).toMatchObject({ ...ann, 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'failure' });
    expect(byResponse).toMatchObject({ ...ann, 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'success' });
    expect(join).toMatchObject({ ...ann, 'vedette.auth.event': 'signup', 'vedette.auth.outcome': 'success' });
    expect(gift).toMatchObject({ 'vedette.auth.code': hidden('GIFT-1'), 'vedette.auth.outcome': 'failure' });
    expect(gift).not.toHaveProperty('vedette.auth.event');
    expect(batch).toMatchObject({
      'vedette.auth.event': 'otp',
      'vedette.auth.identifier': hidden('ann'),
      'vedette.auth.code': hidden('123456'),
      'vedette.auth.attempts': 3,
    });
    expect(key).toMatchObject({ 'enduser.pseudo.id': hidden('4711'), 'vedette.actor.kind': 'api_key' });
    expect(service.errors).toBe('');
  });

  test('the user that the service found is the actor, where no token names one', async () => {
    await using receiver = await Receiver.start();
    await using service = await start(receiver);
    const hidden = (text: string) => pseudonym(receiver.pseudonymKey, text);
    const cookie = { cookie: 'connect.sid=abc' };
    const [plain, withCookie, again, claims, serialised, token, opaque, trap] = await visit(receiver, service, [
      ['/passport'],
      ['/passport', cookie],
      ['/passport', cookie],
      ['/claims', cookie],
      ['/serialised', cookie],
      ['/passport', { authorization: bearer('subject') }],
      ['/passport', { authorization: 'Bearer opaque-token' }],
      ['/trap', cookie],
    ]);
    const seven = { 'enduser.pseudo.id': hidden('7'), 'vedette.actor.kind': 'user' };
    expect(plain).toMatchObject(seven);
    expect(plain).not.toHaveProperty('session.id');
    for (const one of [withCookie, again, serialised]) {
      expect(one).toMatchObject({ ...seven, 'session.id': hidden('abc') });
    }
    expect(claims).toMatchObject({ 'enduser.pseudo.id': hidden('ann'), 'session.id': hidden('abc') });
    expect(token).toMatchObject({ 'enduser.pseudo.id': hidden('subject') });
    expect(opaque).toMatchObject(seven);
    expect(trap).toMatchObject({ 'enduser.pseudo.id': hidden('abc'), 'vedette.actor.kind': 'session' });
  });

  test('nonsense is ignored with one line', async () => {
    await using receiver = await Receiver.start();
    await using service = await start(receiver);
    const [nonsense, plain] = await visit(receiver, service, [['/nonsense'], ['/']]);
    expect(nonsense).toMatchObject({ 'http.response.status_code': 200 });
    expect(plain).not.toHaveProperty('vedette.auth.event');
    expect(service.errors).toMatch(/^\[vedette\] .*\(VDT_AGENT_REPORT\)\n$/);
  });
});

test('a request over HTTP/2 is found too', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'reporting-app.mjs',
    args: ['--framework=http2'],
    env: { VEDETTE_URL: receiver.url },
  });
  const client = connect(service.url);
  try {
    for (const path of ['/enter', '/enter-by-response', '/key'])
      await once(client.request({ ':path': path }).resume(), 'end');
    await until(() => receiver.spans.length === 3);
  } finally {
    client.close();
  }
  const [enter, byResponse, key] = receiver.spans.map(({ attributes }) => attributes);
  expect(enter).toMatchObject({ 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'failure' });
  expect(byResponse).toMatchObject({ 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'success' });
  expect(key).toMatchObject({ 'enduser.pseudo.id': pseudonym(receiver.pseudonymKey, '4711') });
  expect(service.errors).toBe('');
});

test('without the preload the functions do nothing', async () => {
  await using service = await Service.start({
    app: 'reporting-app.mjs',
    args: ['--framework=raw'],
    preload: 'none',
  });
  for (const path of ['/enter', '/gift', '/key', '/nonsense']) {
    expect(await (await fetch(service.url + path)).text()).toBe('done');
  }
  expect(service.errors).toBe('');
});
