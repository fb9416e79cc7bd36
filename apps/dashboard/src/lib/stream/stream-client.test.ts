import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STREAM_PROTOCOL, type StreamMessage } from '@vedette/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { sampleAlert } from '../../../test/sample-alert.js';
import { AlertFeed } from '../state/alert-feed.js';
import { connectionOf, type Link } from './connection.js';
import { type Socket, StreamClient } from './stream-client.js';

/** A stream server over real sockets that, like the collector, sends every event after the cursor asked for. */
class LogServer {
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  readonly #log: StreamMessage[] = [];
  readonly requests: IncomingMessage[] = [];
  heartbeatMs = 60_000;

  constructor() {
    this.#server.on('connection', (socket, request) => {
      this.requests.push(request);
      const cursor = Number(new URL(request.url ?? '', 'http://x').searchParams.get('cursor'));
      const { length } = this.#log;
      const { heartbeatMs } = this;
      socket.send(
        JSON.stringify({ type: 'hello', version: '1', cursor: length, serverTimeMs: Date.now(), heartbeatMs }),
      );
      for (const message of this.#log.slice(cursor)) socket.send(JSON.stringify(message));
    });
  }

  async url(): Promise<string> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/stream`;
  }

  raise(): void {
    const cursor = this.#log.length + 1;
    const message = { type: 'alert', cursor, change: 'raised', alert: sampleAlert({ id: `al_${cursor}` }) } as const;
    this.#log.push(message);
    this.send(JSON.stringify(message));
  }

  send(text: string): void {
    for (const socket of this.#server.clients) socket.send(text);
  }

  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function connected() {
  const server = new LogServer();
  const feed = new AlertFeed({ maxAlerts: 1000 });
  const seen: string[] = [];
  const states: string[] = [];
  let broken = 0;
  const client = new StreamClient({
    url: await server.url(),
    cursor: () => feed.cursor,
    onMessage: (message) => {
      if (message.type === 'alert' && feed.apply(message) === 'raised') seen.push(message.alert.id);
    },
    onLink: (link: Link) => states.push(connectionOf(link, Date.now())),
    onBroken: () => {
      broken += 1;
    },
    createSocket: (url, protocol) => new WebSocket(url, protocol) as unknown as Socket,
  });
  cleanups.push(() => {
    client.stop();
    server.close();
  });
  return { server, client, seen, states, broken: () => broken };
}

describe('StreamClient', () => {
  it('offers the protocol and asks from its cursor', async () => {
    const { server, client, states } = await connected();
    client.start();
    await vi.waitFor(() => expect(states).toContain('live'));
    expect(server.requests[0]?.headers['sec-websocket-protocol']).toBe(STREAM_PROTOCOL);
    expect(server.requests[0]?.url).toBe('/api/stream?cursor=0');
  });

  it('misses nothing and shows nothing twice while the socket is cut again and again', async () => {
    const { server, client, seen } = await connected();
    client.start();
    for (let cut = 1; cut <= 4; cut++) {
      for (let i = 0; i < 5; i++) server.raise();
      // Every other cut comes while messages are on their way.
      if (cut % 2 === 0) await vi.waitFor(() => expect(seen.length).toBe(cut * 7 - 2), { timeout: 10_000 });
      server.cut();
      server.raise();
      server.raise();
      await vi.waitFor(() => expect(seen.length).toBe(cut * 7), { timeout: 10_000 });
    }
    expect(seen).toEqual(Array.from({ length: 28 }, (_, index) => `al_${index + 1}`));
  });

  it('reconnects by itself when the server falls silent', async () => {
    const { server, client, states } = await connected();
    server.heartbeatMs = 500;
    client.start();
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(1), { timeout: 10_000 });
    expect(states).toContain('lost');
  });

  it('reports a message that it cannot read, passes over an unknown one, and goes on', async () => {
    const { server, client, seen, states, broken } = await connected();
    client.start();
    await vi.waitFor(() => expect(states).toContain('live'));
    server.send('{"type":"decision"}');
    server.send('{"type":"alert","cursor":1}');
    server.raise();
    await vi.waitFor(() => expect(seen).toEqual(['al_1']));
    expect(broken()).toBe(1);
  });

  it('leaves no socket when it is stopped', async () => {
    const { server, client, states } = await connected();
    client.start();
    await vi.waitFor(() => expect(states).toContain('live'));
    client.stop();
    server.raise();
    client.wake();
    expect(server.requests.length).toBe(1);
    expect(states.at(-1)).toBe('connecting');
  });
});
