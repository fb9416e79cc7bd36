import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

/** What a service answers to raw bytes, until it closes the connection; dates are not compared. */
async function exchange(port: number, parts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  return answer.replace(/^Date: .*\r\n/gm, '');
}

const host = 'Host: service\r\n';
const close = 'Connection: close\r\n\r\n';
const conversations: Record<string, readonly string[]> = {
  'keep-alive and pipelining': [
    `GET /a HTTP/1.1\r\n${host}\r\nGET /list HTTP/1.1\r\n${host}\r\nGET /stream HTTP/1.1\r\n${host}\r\nGET /b HTTP/1.1\r\n${host}${close}`,
  ],
  'a chunked body in small pieces': [
    `POST /c HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n${close}`,
    '3\r\nabc\r\n',
    '4\r\ndefg\r\n',
    '0\r\n\r\n',
  ],
  'a login body in pieces': [
    `POST /login HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 44\r\n${close}`,
    '{"email":"a@b.example",',
    '"password":"correct"}',
  ],
  'a body nobody reads': [
    `POST /ignore-body HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}GET /after HTTP/1.1\r\n${host}${close}`,
  ],
  'expect: 100-continue': [`POST /d HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n${close}`, 'ok'],
  HEAD: [`HEAD /list HTTP/1.1\r\n${host}${close}`],
  'HTTP/1.0': ['GET /old HTTP/1.0\r\n\r\n'],
  'an upgrade that nobody takes': [
    `GET /ws HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n`,
  ],
  'no HTTP at all': ['NONSENSE\r\n\r\n'],
  'an absolute target': [`GET http://user:pass@other/path HTTP/1.1\r\n${host}${close}`],
};

test('what goes over the wire is the same with and without the agent', async () => {
  await using receiver = await Receiver.start();
  await using bare = await Service.start({ app: 'raw-app.mjs', preload: 'none' });
  await using watched = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  for (const [name, parts] of Object.entries(conversations)) {
    const expected = await exchange(bare.port, parts);
    expect(await exchange(watched.port, parts), name).toBe(expected);
    expect(expected, name).toMatch(/^HTTP\/1\.1 /);
  }
  await until(() => receiver.spans.length === 13);
  const bodies = Object.fromEntries(
    receiver.spans.map(({ attributes }) => [
      `${attributes['http.request.method']} ${attributes['url.path']}`,
      [attributes['http.request.body.size'], attributes['http.response.body.size']],
    ]),
  );
  expect(bodies).toMatchObject({
    'POST /c': [7, 6],
    'POST /login': [44, 36],
    'GET /stream': [0, 100],
    'HEAD /list': [0, 0],
    'GET /path': [0, 5],
  });
  expect(watched.errors).toBe('');
});

test('a request that its client gives up is reported without a status', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  const socket = connect(service.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET /hang HTTP/1.1\r\n${host}\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  const [span] = await until(() => (receiver.spans.length === 1 ? receiver.spans : undefined));
  expect(span?.attributes).toMatchObject({ 'url.path': '/hang', 'client.address': '127.0.0.1' });
  expect(span?.attributes).not.toHaveProperty('http.response.status_code');
});

test('a forged forwarding header is believed only from a trusted peer', async () => {
  await using receiver = await Receiver.start();
  const from = async (trusted: Record<string, string>) => {
    await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url, ...trusted } });
    receiver.spans.length = 0;
    const headers = {
      'x-forwarded-for': '203.0.113.66, 198.51.100.7',
      forwarded: 'for=203.0.113.99',
      'x-real-ip': '203.0.113.98',
    };
    await (await fetch(service.url, { headers })).text();
    const [span] = await until(() => (receiver.spans.length === 1 ? receiver.spans : undefined));
    return span?.attributes['client.address'];
  };
  expect(await from({})).toBe('127.0.0.1');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: '10.0.0.0/8' })).toBe('127.0.0.1');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: '127.0.0.0/8' })).toBe('198.51.100.7');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: 'loopback, 198.51.100.0/24' })).toBe('203.0.113.66');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: '1' })).toBe('198.51.100.7');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: '1', VEDETTE_CLIENT_ADDRESS_HEADER: 'x-real-ip' })).toBe('203.0.113.98');
  expect(await from({ VEDETTE_TRUSTED_PROXIES: 'loopback', VEDETTE_CLIENT_ADDRESS_HEADER: 'Forwarded' })).toBe(
    '203.0.113.99',
  );
});
