import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openConnection } from '../capture/connection.js';
import { Exchange } from '../capture/exchange.js';
import type { AttributeGroup, AttributeName, AttributeValue, SpanSink } from '../span-record.js';
import { BodyBudgets, describeBodies, responsePrefix } from './describe-bodies.js';

const CARD = JSON.stringify({ card: '4111111111111111' });
const LONG = JSON.stringify({ card: '4111111111111111', note: 'x'.repeat(400) });

/** Attributes of a sink that begin with `vedette.sensitive.`. */
class Sink implements SpanSink {
  readonly sensitive: Record<string, AttributeValue> = {};

  attribute({ name }: AttributeName, value: AttributeValue): void {
    const prefix = 'vedette.sensitive.';
    if (name.startsWith(prefix)) this.sensitive[name.slice(prefix.length)] = value;
  }

  group(group: AttributeGroup): void {
    group.describe(this);
  }
}

/** Uses up what there is for looking into bodies. */
function useUp(budgets: BodyBudgets, ...which: ('ids' | 'sensitive')[]): void {
  for (const one of which) budgets[one].charge(20_000);
}

test.each([
  ['time for both', [], [], CARD, { card: 1 }],
  ['none for either when the answer began', ['ids', 'sensitive'], [], CARD, { unread: 1 }],
  ['none left when it ended', [], ['ids', 'sensitive'], CARD, { unread: 1 }],
  ['none left when a long one ended', [], ['ids', 'sensitive'], LONG, { unread: 1 }],
  ['time for ids alone', ['sensitive'], [], LONG, { unread: 1 }],
  ['no body at all', ['ids', 'sensitive'], [], '', {}],
] as const)('a response is told to be unread: %s', async (_, atStart, atEnd, body, expected) => {
  expect(
    await look(atStart, atEnd, body, (response) => response.setHeader('content-type', 'application/json')),
  ).toEqual(expected);
});

test('what would not have been looked into is not unread', async () => {
  const asPicture = (response: ServerResponse) => response.setHeader('content-type', 'image/png');
  expect(await look(['ids', 'sensitive'], [], LONG, asPicture)).toEqual({});
  const asError = (response: ServerResponse) => response.writeHead(500, { 'content-type': 'application/json' });
  expect(await look(['ids', 'sensitive'], [], LONG, asError)).toEqual({});
});

/** What is said of sensitive values in one answer of a real server. */
async function look(
  atStart: readonly ('ids' | 'sensitive')[],
  atEnd: readonly ('ids' | 'sensitive')[],
  body: string,
  setHeaders: (response: ServerResponse) => void,
): Promise<unknown> {
  const sink = new Sink();
  const server = createServer((request, response) => {
    const budgets = new BodyBudgets();
    const connection = openConnection(request.socket, 'x-forwarded-for');
    const exchange = new Exchange(request, response, request.url ?? '', connection, performance.now());
    setHeaders(response);
    useUp(budgets, ...atStart);
    if (body !== '') {
      exchange.responseBody.limit(responsePrefix(exchange, budgets));
      exchange.responseBody.add(body);
    }
    response.once('finish', () => {
      useUp(budgets, ...atEnd);
      describeBodies(exchange, false, { sink, budgets });
    });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  const [message] = await once(request, 'response');
  message.resume();
  await once(message, 'end');
  server.close();
  return sink.sensitive;
}
