import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decodeTraces, type ReceivedSpan } from './decode-traces.js';

/** One request that arrived, whole. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** As it came over the wire. */
  readonly wire: Buffer;
  /** Inflated. */
  readonly body: Buffer;
  /** Unix ms. */
  readonly at: number;
}

/** What to answer; `hang` never does. */
export type Answer =
  | 'hang'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer };

export const OK: Answer = { status: 200, headers: { 'content-type': 'application/x-protobuf' } };

/**
 * Ports that no system gives out by itself (Linux begins at 32,768): while a receiver is closed, no server of another test
 * takes its port and answers in its place.
 */
const OWN_PORTS = { first: 20_000, count: 12_000 } as const;

/** A small OTLP receiver on a real socket that keeps every byte. */
export class Receiver {
  readonly received: Received[] = [];
  /** Spans of the batches that were answered with 200, in their order. */
  readonly spans: ReceivedSpan[] = [];
  answer: (request: Received) => Answer = () => OK;
  pseudonymKey = 'test-key';
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Opens the socket, again on the same port after {@link close}. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const wire = Buffer.concat(chunks);
        const received: Received = {
          path: request.url ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          wire,
          body: request.headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire,
          at: Date.now(),
        };
        this.received.push(received);
        const answer = this.answer(received);
        if (answer === 'hang') return;
        if (answer.status === 200 && received.path === '/v1/agent/config') {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ pseudonymKey: this.pseudonymKey }));
          return;
        }
        if (
          received.path === '/v1/traces' &&
          answer.status === 200 &&
          answer.headers?.['content-type'] !== 'text/html'
        ) {
          this.spans.push(...decodeTraces(received.body));
        }
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
      });
    });
    this.#port = await this.#bind(server);
    this.#server = server;
  }

  /** @returns the port: the one from before, else one of its own that is free */
  async #bind(server: Server): Promise<number> {
    for (;;) {
      const port = this.#port || OWN_PORTS.first + randomInt(OWN_PORTS.count);
      server.listen(port, '127.0.0.1');
      try {
        await once(server, 'listening');
        return port;
      } catch (cause) {
        if (this.#port !== 0 || (cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      }
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
