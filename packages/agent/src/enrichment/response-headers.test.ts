import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { responseHeader, responseHeaders } from './response-headers.js';

const TYPE = 'application/json; charset=utf-8';
const COOKIES = ['sid=1; Path=/', 'theme=dark'];

/** Every way in which a service can set headers; all end in the same three. */
const WAYS: readonly [string, (response: ServerResponse) => void][] = [
  [
    'setHeader',
    (response) => {
      response.setHeader('Content-Type', TYPE);
      response.setHeader('content-encoding', 'gzip');
      response.setHeader('Set-Cookie', COOKIES);
    },
  ],
  [
    'appendHeader',
    (response) => {
      response.appendHeader('content-type', TYPE).appendHeader('Content-Encoding', 'gzip');
      for (const cookie of COOKIES) response.appendHeader('Set-Cookie', cookie);
    },
  ],
  [
    'setHeaders',
    (response) => {
      const headers = new Headers({ 'Content-Type': TYPE, 'Content-Encoding': 'gzip' });
      for (const cookie of COOKIES) headers.append('set-cookie', cookie);
      response.setHeaders(headers);
    },
  ],
  [
    'writeHead with an object',
    (response) => {
      response.writeHead(200, { 'Content-Type': TYPE, 'content-encoding': 'gzip', 'Set-Cookie': COOKIES });
    },
  ],
  [
    'writeHead with a reason and an object',
    (response) => {
      response.writeHead(200, 'Fine', { 'content-type': TYPE, 'Content-Encoding': 'gzip', 'set-cookie': COOKIES });
    },
  ],
  [
    'writeHead with a list',
    (response) => {
      const [first, second] = COOKIES as [string, string];
      response.writeHead(200, [
        'Content-Type',
        TYPE,
        'Set-Cookie',
        first,
        'Content-Encoding',
        'gzip',
        'Set-Cookie',
        second,
      ]);
    },
  ],
  [
    'setHeader, the rest with writeHead and an object',
    (response) => {
      response.setHeader('X-Powered-By', 'Shop');
      response.writeHead(200, { 'Content-Type': TYPE, 'Content-Encoding': 'gzip', 'Set-Cookie': COOKIES });
    },
  ],
  [
    'the type with setHeader, the rest with writeHead and an object',
    (response) => {
      response.setHeader('content-type', TYPE);
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Set-Cookie': COOKIES });
    },
  ],
  [
    'the type with setHeader, the rest with writeHead and a list',
    (response) => {
      response.setHeader('Content-Type', TYPE);
      response.writeHead(200, ['Content-Encoding', 'gzip', 'Set-Cookie', COOKIES] as unknown as string[]);
    },
  ],
  [
    'a type with setHeader that writeHead replaces',
    (response) => {
      response.setHeader('Content-Type', 'text/plain');
      response.writeHead(200, { 'content-type': TYPE, 'Content-Encoding': 'gzip', 'Set-Cookie': COOKIES });
    },
  ],
  [
    'writeHead after all that was set was removed',
    (response) => {
      response.setHeader('X-Powered-By', 'Shop');
      response.removeHeader('x-powered-by');
      response.writeHead(200, { 'Content-Type': TYPE, 'Content-Encoding': 'gzip', 'Set-Cookie': COOKIES });
    },
  ],
];

test.each(WAYS)('headers set by %s', async (_, setHeaders) => {
  const { read, wire } = await answer((response) => setHeaders(response));
  expect(read).toEqual({ type: TYPE, encoding: 'gzip', cookies: COOKIES, location: '' });
  expect(wire).toEqual({ type: TYPE, encoding: 'gzip', cookies: COOKIES });
});

test('headers that are not set', async () => {
  const none = { type: '', encoding: '', cookies: [], location: '' };
  expect((await answer(() => {})).read).toEqual(none);
  expect((await answer((response) => response.writeHead(200))).read).toEqual(none);
  expect((await answer((response) => response.setHeader('x-type', 'content-type: text/html'))).read).toEqual(none);
  const typed = await answer((response) => response.setHeader('content-type', TYPE));
  expect(typed.read).toEqual({ ...none, type: TYPE });
});

/** Headers of an answer as the agent reads them when it was sent, and as they came over the wire. */
async function answer(setHeaders: (response: ServerResponse) => void) {
  let read: unknown;
  const server = createServer((_, response) => {
    response.once('finish', () => {
      read = {
        type: responseHeader(response, 'content-type'),
        encoding: responseHeader(response, 'content-encoding'),
        cookies: responseHeaders(response, 'set-cookie'),
        location: responseHeader(response, 'location'),
      };
    });
    setHeaders(response);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  const [message] = await once(request, 'response');
  message.resume();
  await once(message, 'end');
  server.close();
  const { headers } = message;
  return {
    read,
    wire: { type: headers['content-type'], encoding: headers['content-encoding'], cookies: headers['set-cookie'] },
  };
}
