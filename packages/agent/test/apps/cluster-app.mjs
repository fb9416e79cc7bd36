// The service of raw-app.mjs in two processes behind one port.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import rawHandler from './raw-handler.cjs';

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (_worker, { port }) => process.stdout.write(`${port}\n`));
} else {
  createServer(rawHandler.handler).listen(0, '127.0.0.1');
}
