import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { STREAM_PROTOCOL } from '@vedette/protocol';
import { WebSocketServer } from 'ws';
import type { Identifier } from '../api/identity.js';
import { isOwnHost, isOwnOrigin } from '../http/origin.js';
import { HEARTBEAT_MS, type StreamHub } from './stream-hub.js';

export interface StreamSocketOptions {
  readonly hub: StreamHub;
  readonly identifier: Identifier;
  readonly publicUrl: string | undefined;
  /** Only names of this machine may address the collector (it listens on loopback). */
  readonly isLoopbackOnly: boolean;
}

/** Open streams at most; further ones are refused with 503. */
const MAX_CLIENTS = 500;

/** The WebSocket end of the stream at `/api/stream`. Clients send nothing; what they send is bounded and ignored. */
export function serveStream(server: Server, options: StreamSocketOptions): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(STREAM_PROTOCOL) ? STREAM_PROTOCOL : false),
  });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://stream');
    const refusal = refuse(request, url, options);
    if (refusal !== null) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const cursor = url.searchParams.get('cursor');
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      const disconnect = options.hub.connect(
        { send: (text) => client.send(text), bufferedBytes: () => client.bufferedAmount },
        cursor === null ? null : Number(cursor),
      );
      let isAlive = true;
      client.on('pong', () => {
        isAlive = true;
      });
      // A peer that vanished without closing is found by the missing pong.
      const probe = setInterval(() => {
        if (!isAlive) client.terminate();
        isAlive = false;
        client.ping();
      }, 3 * HEARTBEAT_MS);
      client.on('close', () => {
        clearInterval(probe);
        disconnect();
      });
    });
  };

  server.on('upgrade', onUpgrade);
  return {
    close() {
      server.off('upgrade', onUpgrade);
      for (const client of sockets.clients) client.close(1001, 'the collector stops');
      sockets.close();
    },
  };
}

function refuse(request: IncomingMessage, url: URL, options: StreamSocketOptions): string | null {
  if (url.pathname !== '/api/stream') return '404 Not Found';
  if (options.isLoopbackOnly && !isOwnHost(request.headers, options.publicUrl)) return '403 Forbidden';
  if (!isOwnOrigin(request.headers, options.publicUrl)) return '403 Forbidden';
  if (options.identifier.identify(request.headers) === null) return '401 Unauthorized';
  const cursor = url.searchParams.get('cursor');
  if (cursor !== null && !/^\d{1,15}$/.test(cursor)) return '400 Bad Request';
  if (options.hub.clients >= MAX_CLIENTS) return '503 Service Unavailable';
  return null;
}
