// Routes that Express 4 and 5 must report alike: nested routers, sub-applications, errors.
exports.build = (express) => {
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded({ extended: true }));
  app.post('/login', (request, response) => {
    if (request.body.password !== 'correct') {
      response.status(401).json({ error: 'wrong password' });
      return;
    }
    response.cookie('session', 'canary-session-cookie-value').json({ ok: true });
  });
  app.post('/echo', (request, response) => response.json(request.body ?? {}));
  app.post('/fail', (request) => {
    throw new Error(request.body.message);
  });
  app.get('/orders', (_request, response) => response.json([{ id: 1 }, { id: 2 }]));
  app.get('/orders/:orderId', (request, response) => response.json({ id: request.params.orderId }));
  app.get('/reset/:token', (_request, response) => response.send('ok'));
  const orders = express.Router({ mergeParams: true });
  orders.get('/:orderId', (request, response) => response.json(request.params));
  orders.get('/:orderId/broken', () => {
    throw new Error('broken');
  });
  const users = express.Router();
  users.use('/:userId/orders', orders);
  app.use('/users', users);
  const admin = express();
  admin.get('/reports/:reportId', (_request, response) => response.send('report'));
  app.use('/admin', admin);
  app.use((_error, _request, response, _next) => response.status(500).json({ error: 'internal' }));
  app.listen(0, '127.0.0.1', function () {
    process.stdout.write(`${this.address().port}\n`);
  });
};
