import { createServer } from 'node:http';

const server = createServer((q, s) => {
  let n = 0;
  q.on('data', (c) => (n += c.length));
  q.on('end', () => {
    s.setHeader('content-type', 'application/json');
    s.end(JSON.stringify({ ok: true, n }));
  });
});
server.listen(0, () => console.log(server.address().port));
