import { subscribe } from 'node:diagnostics_channel';
import type { FaultGuard } from '../fault-guard.js';
import { exchangeOf } from './exchange.js';
import { sawFramework } from './frameworks.js';

/** The part of a Fastify instance that is used here. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
}

interface FastifyRequestLike {
  readonly routeOptions?: { readonly url?: unknown };
}

interface FastifyReplyLike {
  readonly raw?: object;
}

/**
 * Learns route templates of every Fastify instance: Fastify announces itself on a diagnostics channel, and an
 * `onRequest` hook, first of all, sees the route also of requests that are refused later.
 */
export function watchFastify(guard: FaultGuard): void {
  subscribe('fastify.initialization', (message) => {
    guard.run(() => {
      const { fastify } = message as { fastify?: FastifyLike };
      sawFramework('fastify');
      fastify?.addHook('onRequest', (request, reply, done) => {
        guard.run(() => noteRoute(request, reply));
        done();
      });
    });
  });
}

function noteRoute(request: FastifyRequestLike, reply: FastifyReplyLike): void {
  const exchange = reply.raw && exchangeOf(reply.raw);
  if (!exchange) return;
  exchange.context = request;
  const url = request.routeOptions?.url;
  if (typeof url === 'string') exchange.route = url;
}
