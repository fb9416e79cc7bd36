import type { FaultGuard } from '../fault-guard.js';
import type { Exchange } from './exchange.js';
import { expressRoute } from './express-route.js';
import { watchFastify } from './fastify-route.js';
import { honoRoute } from './hono-route.js';
import { koaRoute } from './koa-route.js';
import { watchModules } from './module-hooks.js';
import { nextRoute } from './next-route.js';

/** Starts to learn route templates from the frameworks that tell them only while they route. */
export function watchRoutes({ guard }: { readonly guard: FaultGuard }): void {
  watchFastify(guard);
  watchModules(guard);
}

/** The route template of a finished request, as its framework writes it; `''` where there is none. */
export function routeOf(exchange: Exchange, guard: FaultGuard): string {
  if (exchange.route !== '') return exchange.route;
  try {
    if (exchange.context !== undefined) return koaRoute(exchange) || honoRoute(exchange);
    return expressRoute(exchange) || nextRoute(exchange);
  } catch (fault) {
    guard.count(fault);
    return '';
  }
}
