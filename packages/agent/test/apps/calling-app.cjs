// A service whose `/outer` asks itself for `/inner`, which answers with the trace context it was given.
const { createServer, get } = require('node:http');

const server = createServer((request, response) => {
  if (request.url === '/inner') {
    response.end(request.headers.traceparent ?? 'none');
    return;
  }
  get({ port: server.address().port, host: '127.0.0.1', path: '/inner' }, (answer) => answer.pipe(response));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
