/** Counts the spans that it is sent over OTLP/HTTP; a process of its own beside the load. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Reader } from 'protobufjs/minimal.js';

/** Spans and bytes since the question before. */
export interface Received {
  readonly spans: number;
  readonly bytes: number;
}

let spans = 0;
let bytes = 0;

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ pseudonymKey: 'bench' }));
    return;
  }
  const body = await read(request);
  if (request.url === '/v1/traces') {
    bytes += body.length;
    spans += countSpans(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
  }
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  const received: Received = { spans, bytes };
  spans = 0;
  bytes = 0;
  process.send?.(received);
});

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `ExportTraceServiceRequest.resource_spans` (1) → `scope_spans` (2) → `spans` (2). */
function countSpans(body: Uint8Array): number {
  let count = 0;
  for (const resourceSpans of messages(body, 1)) {
    for (const scopeSpans of messages(resourceSpans, 2)) for (const _ of messages(scopeSpans, 2)) count++;
  }
  return count;
}

/** Contents of the message fields with this number. */
function* messages(message: Uint8Array, field: number): Generator<Uint8Array> {
  const reader = Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === field * 8 + 2) yield reader.bytes();
    else reader.skipType(tag & 7);
  }
}
