// Services that say of their requests what they know: by the functions of the package, and by the user that their
// middleware leaves on the request. `--framework=raw|http2|express|fastify|koa|hono`.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { serve } from '@hono/node-server';
import { setActor, trackEvent, trackLogin } from '@vedette/agent';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';

const framework = process.argv[2].replace('--framework=', '');
const ready = (server) => process.stdout.write(`${server.address().port}\n`);

/** What each path does with the request and the response (or reply) at hand. */
const actions = {
  '/enter': (request) => trackLogin({ request, identifier: 'ann@example.com', outcome: 'failure' }),
  '/enter-by-response': (_, response) => trackLogin({ response, identifier: 'ann@example.com', outcome: 'success' }),
  '/join': (request) => trackLogin({ request, identifier: 'ann@example.com', outcome: 'success', event: 'signup' }),
  '/gift': (request) => trackEvent({ request, event: 'code', code: 'GIFT-1', outcome: 'failure' }),
  '/batch': (request) => trackEvent({ request, event: 'otp', identifier: 'ann', code: '123456', attempts: 3 }),
  '/key': (request) => setActor(request, 4711n, { kind: 'api_key' }),
  '/nonsense': () => {
    trackLogin(undefined);
    trackEvent(null);
    trackEvent({ event: 'party', request: {} });
    setActor(undefined, {});
    trackLogin({ request: 'request', identifier: 1, outcome: 2 });
  },
  '/passport': (request) => {
    request.user = { id: 7, email: 'ann@example.com' };
  },
  '/claims': (request) => {
    request.auth = { sub: 'ann' };
  },
  '/serialised': (request) => {
    request.session = { passport: { user: 7 } };
  },
  '/trap': (request) => {
    Object.defineProperty(request, 'user', {
      get() {
        throw new Error('not yours');
      },
    });
  },
};

if (framework === 'raw' || framework === 'http2') {
  const create = framework === 'raw' ? createServer : createHttp2Server;
  create((request, response) => {
    actions[request.url]?.(request, response);
    response.end('done');
  }).listen(0, '127.0.0.1', function () {
    ready(this);
  });
} else if (framework === 'express') {
  const app = express();
  app.use((request, response) => {
    actions[request.path]?.(request, response);
    response.send('done');
  });
  app.listen(0, '127.0.0.1', function () {
    ready(this);
  });
} else if (framework === 'koa') {
  const app = new Koa();
  app.use((context) => {
    actions[context.path]?.(context, context.res);
    context.body = 'done';
  });
  app.listen(0, '127.0.0.1', function () {
    ready(this);
  });
} else if (framework === 'hono') {
  const app = new Hono();
  app.get('/*', (context) => {
    actions[context.req.path]?.(context, context);
    return context.text('done');
  });
  serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.stdout.write(`${port}\n`));
} else {
  const app = fastify();
  for (const name of ['user', 'auth', 'session']) app.decorateRequest(name, null);
  app.get('/*', async (request, reply) => {
    actions[request.url]?.(request, reply);
    return 'done';
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  ready(app.server);
}
