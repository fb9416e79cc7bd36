// The service of raw-app.mjs over HTTP/2, as ESM: in clear, or with `secure` over TLS, where HTTP/1.1 is spoken too.
import { createSecureServer, createServer } from 'node:http2';
import rawHandler from './raw-handler.cjs';
import tls from './tls.cjs';

const server = process.argv.includes('secure')
  ? createSecureServer({ ...tls.tls, allowHTTP1: true }, rawHandler.handler)
  : createServer(rawHandler.handler);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
