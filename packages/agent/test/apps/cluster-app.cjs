// The service of raw-app.cjs in two processes behind one port.
const cluster = require('node:cluster');
const { createServer } = require('node:http');
const { handler } = require('./raw-handler.cjs');

if (cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork();
  cluster.once('listening', (_worker, { port }) => process.stdout.write(`${port}\n`));
} else {
  createServer(handler).listen(0, '127.0.0.1');
}
