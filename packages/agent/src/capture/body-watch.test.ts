import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { FaultGuard } from '../fault-guard.js';
import { watchRequestBody, watchResponses } from './body-watch.js';
import { openConnection } from './connection.js';
import { attachExchange, Exchange, type PrefixPolicy } from './exchange.js';

/** The policy under test; responses are watched once for the whole process. */
let policy: PrefixPolicy = { requestPrefix: () => 0, responsePrefix: () => 0 };
let guard = new FaultGuard(10, () => {});
const current: PrefixPolicy = {
  requestPrefix: (exchange) => policy.requestPrefix(exchange),
  responsePrefix: (exchange) => policy.responsePrefix(exchange),
};
watchResponses({ policy: current, guard: new FaultGuard(1_000, () => {}) });

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(handler: RequestListener): Promise<{ url: string; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  const server = createServer((request, response) => {
    const exchange = guard.run(() => {
      const connection = openConnection(request.socket, '');
      const observed = new Exchange(request, response, request.url ?? '', connection, performance.now());
      observed.requestBody = watchRequestBody(observed, current.requestPrefix(observed), guard);
      attachExchange(observed);
      return observed;
    });
    if (exchange) exchanges.push(exchange);
    handler(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exchanges };
}

const echo: RequestListener = async (request, response) => {
  for await (const chunk of request) response.write(chunk);
  response.end();
};

test('counts every byte of both bodies and keeps no more than the limit', async () => {
  policy = { requestPrefix: () => 10, responsePrefix: () => 4 };
  const { url, exchanges } = await serve(echo);
  const body = 'ü'.repeat(100_000);
  expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(body);
  const [exchange] = exchanges;
  expect(exchange?.requestBody?.bytes).toBe(200_000);
  expect(exchange?.requestBody?.prefix.toString()).toBe('üüüüü');
  expect(exchange?.responseBody.bytes).toBe(200_000);
  expect(exchange?.responseBody.prefix.toString()).toBe('üü');
});

test('counts what write and end are given in all their forms', async () => {
  policy = { requestPrefix: () => 0, responsePrefix: () => 100 };
  const { url, exchanges } = await serve((_request, response) => {
    response.write('616263', 'hex', () => {
      response.write(new Uint8Array([100, 101]));
      response.end('Zg==', 'base64', () => {});
    });
  });
  expect(await (await fetch(url)).text()).toBe('abcdef');
  expect(exchanges[0]?.responseBody.bytes).toBe(6);
  expect(exchanges[0]?.responseBody.prefix.toString()).toBe('abcdef');
  expect(exchanges[0]?.requestBody).toBeUndefined();
});

test('a buffer that the service wipes after use is not seen wiped', async () => {
  policy = { requestPrefix: () => 100, responsePrefix: () => 0 };
  const { url, exchanges } = await serve((request, response) => {
    request.on('data', (chunk: Buffer) => chunk.fill(0));
    request.on('end', () => response.end());
  });
  await (await fetch(url, { method: 'POST', body: 'secret' })).text();
  expect(exchanges[0]?.requestBody?.prefix.toString()).toBe('secret');
});

test('faults in our code stay ours: the service answers as ever, and capture turns off after the limit', async () => {
  let reported = 0;
  guard = new FaultGuard(3, () => reported++);
  const fail = () => {
    throw new Error('fault');
  };
  policy = { requestPrefix: fail, responsePrefix: fail };
  const { url } = await serve(echo);
  for (let i = 0; i < 6; i++) expect(await (await fetch(url, { method: 'POST', body: 'hello' })).text()).toBe('hello');
  expect(guard.tripped).toBe(true);
  expect(reported).toBe(1);
});
