import { expect, test } from 'vitest';
import { Receiver } from '../../test/receiver.js';
import { Service } from '../../test/service.js';
import { until } from '../../test/until.js';
import { canHookHono } from './hono-route.js';

test.each(['koa-app.cjs', 'koa-app.mjs', 'hono-app.cjs', 'hono-app.mjs'])(
  '%s: a request that a middleware refuses has the route that it stands before',
  async (app) => {
    await using receiver = await Receiver.start();
    await using service = await Service.start({ app, preload: 'require', env: { VEDETTE_URL: receiver.url } });
    const refused = await fetch(`${service.url}/orders/7`, { headers: { 'x-refuse': '1' } });
    expect(refused.status).toBe(403);
    const [span] = await until(() => (receiver.spans.length > 0 ? receiver.spans : undefined));
    expect(span?.attributes).toMatchObject({ 'http.route': '/orders/:orderId', 'http.response.status_code': 403 });
    expect(service.errors).toBe('');
  },
);

test('a Hono whose context cannot be given another class stays as it is', () => {
  expect(canHookHono('import a from "b";\nvar Context = class {\n};\nexport { Context };\n')).toBe(true);
  expect(canHookHono('const Context = class {\n};\nexport { Context };\n')).toBe(false);
  expect(canHookHono('export class Context {\n}\n')).toBe(false);
});
