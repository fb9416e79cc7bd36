// An API that answers every login with 200 and says in its own words how it ended.
import { createServer } from 'node:http';

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const ok = body.includes('right') || request.url.includes('right');
    if (request.url.startsWith('/go/')) {
      response.writeHead(302, { location: ok ? '/home' : '/door/closed?why=1' }).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ result: { code: ok ? 0 : 17 }, rows: [{ id: 1 }] }));
  });
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
