import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bearer = (sub: string) => ({ authorization: `Bearer ${part({ alg: 'HS256' })}.${part({ sub })}.c2ln` });
const login = (password: string, headers: Record<string, string>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ email: 'bob@example.com', password }),
});

test('a request names its actor unless it was refused with 401', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'raw-app.cjs', env: { VEDETTE_URL: receiver.url } });
  const visits: readonly [string, RequestInit][] = [
    ['/list', { headers: bearer('user-7') }],
    ['/list?second', { headers: bearer('user-7') }],
    ['/list', { headers: { cookie: 'connect.sid=abc' } }],
    ['/login', login('wrong', { ...bearer('forged'), cookie: 'connect.sid=forged' })],
    ['/login', login('correct', {})],
    ['/list', { headers: { authorization: `Basic ${btoa('bob:secret')}` } }],
  ];
  for (const [path, init] of visits) await (await fetch(service.url + path, init)).text();
  await until(() => receiver.spans.length === visits.length);
  const [first, second, cookie, refused, accepted, basic] = receiver.spans.map(({ attributes }) => attributes);
  const pseudonym = expect.stringMatching(/^[0-9a-f]{16}$/);
  expect(first).toMatchObject({
    'enduser.pseudo.id': pseudonym,
    'vedette.actor.kind': 'user',
    'session.id': pseudonym,
  });
  expect(second?.['enduser.pseudo.id']).toBe(first?.['enduser.pseudo.id']);
  expect(cookie).toMatchObject({ 'vedette.actor.kind': 'session' });
  expect(cookie?.['session.id']).toBe(cookie?.['enduser.pseudo.id']);
  for (const name of ['enduser.pseudo.id', 'vedette.actor.kind', 'session.id'])
    expect(refused).not.toHaveProperty(name);
  expect(refused).toMatchObject({ 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'failure' });
  expect(accepted).toMatchObject({
    'vedette.auth.outcome': 'success',
    'vedette.auth.identifier': refused?.['vedette.auth.identifier'],
  });
  expect(basic).toMatchObject({
    'vedette.actor.kind': 'user',
    'vedette.auth.event': 'login',
    'vedette.auth.outcome': 'success',
    'vedette.auth.identifier': basic?.['enduser.pseudo.id'],
  });
});

test.each(['channel', 'otel'])('a login belongs to the session that its answer begins, in %s mode', async (mode) => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'session-app.cjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_CAPTURE: mode },
  });
  let cookie = '';
  for (const [path, init] of [
    ['/', {}],
    ['/cart', {}],
    ['/login', login('wrong', {})],
    ['/login', login('correct', {})],
    ['/orders', {}],
    ['/login', login('correct', {})],
    ['/orders', {}],
  ] as const) {
    const response = await fetch(service.url + path, { ...init, headers: { ...init.headers, cookie } });
    await response.text();
    const set = response.headers.getSetCookie().find((one) => one.startsWith('connect.sid='));
    if (set !== undefined) cookie = `lang=en; ${set.split(';')[0]}`;
  }
  await until(() => receiver.spans.length === 7);
  const spans = receiver.spans.map(({ attributes }) => attributes);
  const sessions = spans.map((attributes) => attributes['session.id']);
  const [, guest, , first, , second] = sessions;
  expect(sessions).toEqual([undefined, guest, undefined, first, first, second, second]);
  expect(new Set([guest, first, second, undefined]).size).toBe(4);
  expect(spans.map((attributes) => attributes['enduser.pseudo.id'])).toEqual([
    undefined,
    guest,
    undefined,
    guest,
    first,
    first,
    second,
  ]);
});
