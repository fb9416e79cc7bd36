// Answers what it was sent, compressed where the query says so.
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const zipped = request.url.includes('gzip');
    response.writeHead(200, {
      'content-type': request.headers['content-type'],
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(zipped ? gzipSync(body) : body);
  });
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
