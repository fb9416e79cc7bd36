// Throws where nobody catches, when asked to.
import { createServer } from 'node:http';

createServer((request, response) => {
  if (request.url === '/crash') throw new Error('the service is broken');
  response.end('ok');
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
