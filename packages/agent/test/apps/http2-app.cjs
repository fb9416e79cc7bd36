// The service of raw-app.cjs over HTTP/2, as CommonJS; http2-app.mjs is the same as ESM.
const http2 = require('node:http2');
const { handler } = require('./raw-handler.cjs');
const { tls } = require('./tls.cjs');

const server = process.argv.includes('secure')
  ? http2.createSecureServer({ ...tls, allowHTTP1: true }, handler)
  : http2.createServer(handler);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
