import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { limitConnections } from './limit-connections.js';
import { createServer } from './server.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(maxConnections = 100) {
  const app = await createServer({
    logger: pino({ level: 'silent' }),
    publicUrl: undefined,
    isLoopbackOnly: true,
    timeouts: { headMs: 300, requestMs: 600, checkMs: 50 },
  });
  cleanUps.push(() => app.close());
  const isSurplus = limitConnections(app.server, maxConnections);
  app.post('/', async () => 'read');
  app.get('/surplus', async (request) => ({ isSurplus: isSurplus(request.raw.socket) }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return () => {
    const socket = connect(port, '127.0.0.1');
    cleanUps.push(() => socket.destroy());
    return socket;
  };
}

/** Everything that the server says until it closes. */
async function answer(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return text;
}

const HEAD = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';

test.each([
  ['says nothing', [], /^(HTTP\/1\.1 408 |$)/],
  ['sends its head a letter at a time', [...HEAD], /^HTTP\/1\.1 408 /],
  [
    'sends its body a letter at a time',
    [`${HEAD}Content-Length: 1000\r\n\r\n`, ...'{"a":"bcdefghij'.repeat(9)],
    /^HTTP\/1\.1 408 /,
  ],
])('a sender that %s is cut off', async (_name, pieces, expected) => {
  const socket = (await start())();
  const answered = answer(socket);
  await once(socket, 'connect');
  const writing = setInterval(() => {
    const piece = pieces.shift();
    if (piece !== undefined && socket.writable) socket.write(piece);
  }, 40);
  cleanUps.push(() => clearInterval(writing));
  expect(await answered).toMatch(expected);
});

test('connections past the bound are marked, and marked no more once others are gone', async () => {
  const open = await start(2);
  const ask = async (socket: Socket) => {
    socket.write('GET /surplus HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    return (await answer(socket)).includes('{"isSurplus":true}');
  };
  const held = [open(), open()];
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  expect(await ask(open())).toBe(true);
  for (const socket of held) {
    socket.destroy();
    await once(socket, 'close');
  }
  await expect.poll(() => ask(open())).toBe(false);
});
