// A service that keeps people by a cookie as express-session does: a guest gets a session with the first answer, a login
// another one. The cookie is added when the headers are written.
const { createServer } = require('node:http');
const { randomBytes } = require('node:crypto');

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://service');
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const isLogin = pathname === '/login';
    const isRight = isLogin && JSON.parse(body).password === 'correct';
    const { writeHead } = response;
    response.writeHead = (...args) => {
      if (isRight || !/(?:^|; )connect\.sid=/.test(request.headers.cookie ?? '')) {
        const id = `s%3A${randomBytes(18).toString('base64url')}.${randomBytes(9).toString('hex')}`;
        response.appendHeader('Set-Cookie', 'theme=dark; Path=/');
        response.appendHeader('Set-Cookie', `connect.sid=${id}; Path=/; HttpOnly`);
      }
      return writeHead.apply(response, args);
    };
    response.writeHead(isLogin && !isRight ? 401 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(isLogin && !isRight ? { error: 'wrong password' } : { ok: true }));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
