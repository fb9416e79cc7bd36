// The routes of express-routes.cjs in Koa: routers in routers, a mounted application, errors.
exports.build = (Koa, Router, mount) => {
  const app = new Koa();
  app.on('error', () => {});
  app.use(async (context, next) => {
    let body = '';
    for await (const chunk of context.req) body += chunk;
    const isForm = context.is('application/x-www-form-urlencoded');
    if (context.path === '/echo') {
      context.type = context.get('content-type');
      context.body = body;
      return;
    }
    context.state.body = isForm ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body || '{}');
    await next();
  });
  const router = new Router();
  router.use(async (context, next) => {
    if (context.get('x-refuse') !== '') context.throw(403);
    await next();
  });
  router.post('/login', (context) => {
    if (context.state.body.password !== 'correct') {
      context.status = 401;
      context.body = { error: 'wrong password' };
      return;
    }
    context.cookies.set('session', 'canary-session-cookie-value');
    context.body = { ok: true };
  });
  router.post('/fail', (context) => {
    throw new Error(context.state.body.message);
  });
  router.get('/orders', (context) => {
    context.body = [{ id: 1 }, { id: 2 }];
  });
  router.get('/orders/:orderId', (context) => {
    context.body = { id: context.params.orderId };
  });
  router.get('/reset/:token', (context) => {
    context.body = 'ok';
  });
  const users = new Router({ prefix: '/users/:userId' });
  users.get('/orders/:orderId', (context) => {
    context.body = context.params;
  });
  users.get('/orders/:orderId/broken', () => {
    throw new Error('broken');
  });
  const admin = new Koa();
  const reports = new Router();
  reports.get('/reports/:reportId', (context) => {
    context.body = 'report';
  });
  admin.use(reports.routes());
  app.use(router.routes()).use(users.routes()).use(mount('/admin', admin));
  app.listen(0, '127.0.0.1', function () {
    process.stdout.write(`${this.address().port}\n`);
  });
};
