import type { FaultGuard } from '../fault-guard.js';
import type { Exchange } from './exchange.js';
import { expressRoute } from './express-route.js';
import { watchFastify } from './fastify-route.js';

/** Starts to learn route templates from the frameworks that tell them only while they route. */
export function watchRoutes({ guard }: { readonly guard: FaultGuard }): void {
  watchFastify(guard);
}

/** The route template of a finished request, from the frameworks that leave it on the request; `''` where there is none. */
export function routeOf(exchange: Exchange, guard: FaultGuard): string {
  if (exchange.route !== '') return exchange.route;
  return guard.run(() => expressRoute(exchange)) ?? '';
}
