// The routes of express-routes.cjs in Fastify.
exports.build = (fastify) => {
  const app = fastify();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body))),
  );
  app.post('/login', async (request, reply) => {
    if (request.body.password !== 'correct') return reply.code(401).send({ error: 'wrong password' });
    reply.header('set-cookie', 'session=canary-session-cookie-value; Path=/');
    return { ok: true };
  });
  app.addContentTypeParser('multipart/form-data', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post('/echo', async (request, reply) => reply.type(request.headers['content-type']).send(request.body));
  app.post('/fail', async (request) => {
    throw new Error(request.body.message);
  });
  app.get('/orders', async () => [{ id: 1 }, { id: 2 }]);
  app.get('/orders/:orderId', async (request) => ({ id: request.params.orderId }));
  app.get('/reset/:token', async () => 'ok');
  app.register(
    async (users) => {
      users.get('/:userId/orders/:orderId', async (request) => request.params);
      users.get('/:userId/orders/:orderId/broken', async () => {
        throw new Error('broken');
      });
    },
    { prefix: '/users' },
  );
  app.register(
    async (admin) => {
      admin.get('/reports/:reportId', async () => 'report');
    },
    { prefix: '/admin' },
  );
  app.listen({ port: 0, host: '127.0.0.1' }).then(() => {
    process.stdout.write(`${app.server.address().port}\n`);
  });
};
