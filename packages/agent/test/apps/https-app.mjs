// The service of raw-app.mjs over TLS.
import { createServer } from 'node:https';
import rawHandler from './raw-handler.cjs';
import tls from './tls.cjs';

const server = createServer(tls.tls, rawHandler.handler);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
