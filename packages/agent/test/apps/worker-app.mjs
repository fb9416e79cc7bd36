// Serves from a worker thread; the main thread only waits for it. `/exit` ends the thread, and with it the process.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  new Worker(fileURLToPath(import.meta.url));
} else {
  createServer((request, response) => {
    response.end('ok', () => {
      if (request.url === '/exit') setImmediate(() => process.exit(0));
    });
  }).listen(0, '127.0.0.1', function () {
    process.stdout.write(`${this.address().port}\n`);
  });
}
