// The routes of express-routes.cjs in Hono.
exports.build = (Hono, serve) => {
  const app = new Hono();
  app.onError((_error, context) => context.json({ error: 'internal' }, 500));
  app.use(async (context, next) => {
    if (context.req.header('x-refuse')) return context.text('refused', 403);
    await next();
  });
  app.post('/login', async (context) => {
    const isForm = context.req.header('content-type') === 'application/x-www-form-urlencoded';
    const { password } = isForm ? await context.req.parseBody() : await context.req.json().catch(() => ({}));
    if (password !== 'correct') return context.json({ error: 'wrong password' }, 401);
    context.header('set-cookie', 'session=canary-session-cookie-value; Path=/');
    return context.json({ ok: true });
  });
  app.post('/echo', async (context) =>
    context.body(await context.req.text(), 200, { 'content-type': context.req.header('content-type') }),
  );
  app.post('/fail', async (context) => {
    throw new Error((await context.req.json()).message);
  });
  app.get('/orders', (context) => context.json([{ id: 1 }, { id: 2 }]));
  app.get('/orders/:orderId', (context) => context.json({ id: context.req.param('orderId') }));
  app.get('/reset/:token', (context) => context.text('ok'));
  const users = new Hono();
  users.get('/:userId/orders/:orderId', (context) => context.json(context.req.param()));
  users.get('/:userId/orders/:orderId/broken', () => {
    throw new Error('broken');
  });
  app.route('/users', users);
  const admin = new Hono();
  admin.onError((_error, context) => context.text('report', 500));
  admin.get('/reports/:reportId', (context) => context.text('report'));
  app.route('/admin', admin);
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.stdout.write(`${port}\n`));
};
