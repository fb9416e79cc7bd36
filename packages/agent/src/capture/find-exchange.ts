import { connectionOf } from './connection.js';
import { type Exchange, exchangeOf } from './exchange.js';

/** Where frameworks keep what they wrap: Fastify, Koa and Express, Hono on Node. */
interface Wrapper {
  readonly raw?: unknown;
  readonly res?: unknown;
  readonly req?: unknown;
  readonly env?: { readonly outgoing?: unknown };
}

/** Wrappers around a raw request: NestJS hands out Fastify's, which wraps Node's. */
const MAX_DEPTH = 3;

/**
 * The exchange under way that a service means, by whatever it has at hand: Node's request or response, or a framework's
 * request, reply or context. A raw request does not lead to its response; it is found among those under way on its
 * connection, so that nothing has to be remembered for services that never ask.
 *
 * @returns `undefined` where there is none, or it has ended
 */
export function findExchange(carrier: unknown, depth = 0): Exchange | undefined {
  if (typeof carrier !== 'object' || carrier === null || depth > MAX_DEPTH) return undefined;
  const direct = exchangeOf(carrier) ?? fromConnection(carrier);
  if (direct !== undefined) return direct.endedMs < 0 ? direct : undefined;
  const wrapper = carrier as Wrapper;
  // One after the other: Hono makes a response where `res` is read.
  return (
    findExchange(wrapper.raw, depth + 1) ??
    findExchange(wrapper.env?.outgoing, depth + 1) ??
    findExchange(wrapper.res, depth + 1) ??
    findExchange(wrapper.req, depth + 1)
  );
}

function fromConnection(carrier: object): Exchange | undefined {
  const { socket } = carrier as { readonly socket?: unknown };
  if (typeof socket !== 'object' || socket === null) return undefined;
  return connectionOf(socket)?.find(carrier);
}
