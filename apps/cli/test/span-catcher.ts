import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createNormaliser, decodeTraces } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';

export interface SpanCatcher extends AsyncDisposable {
  readonly url: string;
  /** What arrived so far, in normal form. */
  readonly events: readonly RequestEvent[];
}

/** Takes OTLP as a collector does, and keeps the request events. */
export async function catchSpans(pseudonymKey: string): Promise<SpanCatcher> {
  const events: RequestEvent[] = [];
  const normaliser = createNormaliser({ pseudonymKey });
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (request.url === '/v1/traces') {
      const isJson = request.headers['content-type']?.includes('json') ?? false;
      const decoded = decodeTraces(body, isJson ? 'json' : 'protobuf');
      if (!decoded.ok) throw new Error(decoded.reason);
      events.push(...decoded.requests.map((raw) => normaliser.normalise(raw)));
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
