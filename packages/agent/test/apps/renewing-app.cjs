// Two processes behind one port, as node:cluster and PM2's cluster mode make them: `/replace` lets a new one take the
// place of the one that answers.
const cluster = require('node:cluster');
const { createServer } = require('node:http');

if (cluster.isPrimary) {
  let announced = false;
  cluster.on('listening', (_worker, { port }) => {
    if (!announced && Object.values(cluster.workers).length === 2) {
      announced = true;
      process.stdout.write(`${port}\n`);
    }
  });
  cluster.on('exit', (_worker, _code, signal) => signal === 'SIGINT' && cluster.fork());
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
    cluster.disconnect(() => process.exit(0));
  });
  cluster.fork();
  cluster.fork();
} else {
  createServer((request, response) => {
    response.setHeader('connection', 'close');
    response.end(String(process.pid), () => {
      if (request.url === '/replace') process.kill(process.pid, 'SIGINT');
    });
  }).listen(0, '127.0.0.1');
}
