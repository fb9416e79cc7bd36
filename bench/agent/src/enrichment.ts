import { channel } from 'node:diagnostics_channel';
import { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';

/**
 * What looking into responses costs a request on average: the built agent is given requests as Node announces them, as
 * fast as it takes them, so that the budgets have no idle time to earn from. Each kind of body is given as JSON, where it
 * is looked into, and as an image, where it is not; the difference is the cost.
 *
 *     node bench/agent/dist/enrichment.js [rounds]
 */
const ROUNDS = Number(process.argv[2] ?? 60);
const REQUESTS = 2_000;

process.env.VEDETTE_URL = 'http://127.0.0.1:9';
process.env.VEDETTE_PSEUDONYM_KEY = 'bench';
process.env.OTEL_SERVICE_NAME = 'bench';
createRequire(import.meta.url)('@vedette/agent/register');

const started = channel('http.server.request.start');
const finished = channel('http.server.response.finish');
const socket = new Socket();
Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });

const list = (count: number) =>
  JSON.stringify(
    Array.from({ length: count }, (_, id) => ({
      id,
      customerId: `c-${id * 7}`,
      email: `person${id}@mail.example`,
      note: 'left at the door, thank you',
      total: 19.99 + id,
    })),
  );
const BODIES: Readonly<Record<string, string>> = {
  'hello (26 B)': '{"message":"hello, world"}',
  'object (1 kB)': JSON.stringify({ id: 7, text: 'the quick brown fox jumps over the lazy dog '.repeat(23) }),
  'list of 10': list(10),
  'list of 200': list(200),
};

function announce(type: string, body: string): number {
  const messages = Array.from({ length: REQUESTS }, () => {
    const request = new IncomingMessage(socket);
    Object.assign(request, { method: 'GET', url: '/things/42', httpVersion: '1.1', rawHeaders: ['Host', 'bench'] });
    const response = new ServerResponse(request);
    response.setHeader('content-type', type);
    return { request, response, socket, server: null };
  });
  const startedMs = performance.now();
  for (const message of messages) {
    started.publish(message);
    message.response.end(body);
    finished.publish(message);
  }
  return ((performance.now() - startedMs) * 1_000) / REQUESTS;
}

/** The tenth part from below: what is added is steady there also where others use the machine. */
const low = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? Number.NaN;

console.log(['body', 'bytes', 'not looked into', 'looked into', 'added, µs'].join('\t'));
for (const [name, body] of Object.entries(BODIES)) {
  const rounds = (type: string) => Array.from({ length: ROUNDS }, () => announce(type, body));
  const without = low(rounds('image/png'));
  // What the budgets saved meanwhile is spent in the first half.
  const looked = low(rounds('application/json').slice(ROUNDS / 2));
  console.log([name, body.length, without.toFixed(2), looked.toFixed(2), (looked - without).toFixed(2)].join('\t'));
}
process.exit(0);
