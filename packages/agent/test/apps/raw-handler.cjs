// What the bare services do: log in, list, stream, answer late, never answer, end the process.
exports.handler = (request, response) => {
  const { pathname } = new URL(request.url, 'http://service');
  if (pathname === '/hang') return;
  if (pathname === '/exit') {
    response.end('bye', () => setImmediate(() => process.exit(3)));
    return;
  }
  if (pathname === '/stream') {
    response.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'x-sum' });
    for (let i = 0; i < 10; i++) response.write('0123456789');
    response.addTrailers({ 'x-sum': '100' });
    response.end();
    return;
  }
  if (pathname === '/list') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ orders: [{ id: 41, customerId: 'c-7' }, { id: 42 }], id: 'page' }));
    return;
  }
  if (pathname === '/ignore-body') {
    response.end('ignored');
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    if (pathname === '/login') {
      const ok = body.includes('correct');
      response.writeHead(ok ? 200 : 401, {
        'content-type': 'application/json',
        ...(ok ? { 'set-cookie': 'connect.sid=s%3Anew.session; Path=/; HttpOnly' } : {}),
      });
      response.end(JSON.stringify(ok ? { token: 'canary-issued-token-4711' } : { error: 'wrong password' }));
      return;
    }
    if (pathname === '/echo') {
      response.setHeader('content-type', request.headers['content-type']);
      response.end(body);
      return;
    }
    if (pathname === '/fail') {
      response.statusCode = 500;
      response.end(new Error(JSON.parse(body).message).stack);
      return;
    }
    response.setHeader('content-type', 'text/plain');
    response.end(`${request.method} ${body.length}`);
  });
};
