// A service on bare HTTP/2 streams, as gRPC servers are: a call answers with trailers, or at once without a body.
import { createServer } from 'node:http2';

const GRPC = { ':status': 200, 'content-type': 'application/grpc+proto' };
const server = createServer();
server.on('stream', (stream, headers) => {
  const path = headers[':path'];
  if (path === '/hang') return;
  if (path.startsWith('/list')) {
    stream.respond({ 'Content-Type': 'application/json' });
    stream.end(JSON.stringify([{ id: 41, email: 'ann@mail.example' }, { id: 42 }]));
    return;
  }
  if (!headers.authorization) {
    stream.respond({ ...GRPC, 'grpc-status': '16' }, { endStream: true });
    return;
  }
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond(GRPC, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path.endsWith('/Get') ? '0' : '5' }));
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
