// Closes its server on SIGTERM and lets the process run out; the exit code is its own.
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.setHeader('connection', 'close').end('ok'));
process.on('SIGTERM', () => {
  process.exitCode = 7;
  server.close();
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
