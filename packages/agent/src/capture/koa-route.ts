import type { FaultGuard } from '../fault-guard.js';
import { splitTarget } from '../request-target.js';
import { type Exchange, exchangeOf } from './exchange.js';
import { sawFramework } from './frameworks.js';

/** What a Koa application's prototype has, as far as it is used here. */
interface KoaPrototype {
  createContext?(this: unknown, request: unknown, response: object): object;
}

/** What `@koa/router` and `koa-router` leave on Koa's context. */
interface RoutedContext {
  /** Path of the layer that ran last; a middleware's too. */
  readonly _matchedRoute?: unknown;
  /** Layers whose path matches, of all methods. */
  readonly matched?: readonly RouterLayer[];
  /** Where `koa-mount` mounted the application that answered. */
  readonly mountPath?: unknown;
}

interface RouterLayer {
  readonly path?: unknown;
  /** Empty for middlewares. */
  readonly methods?: readonly string[];
}

/**
 * Remembers Koa's context of each request: routers write the matched route there, and nothing leads to it from the raw
 * request. `createContext` sees both.
 *
 * @param application exports of `koa/lib/application.js`, the class
 */
export function watchKoa(application: unknown, guard: FaultGuard): void {
  const { prototype } = application as { readonly prototype?: KoaPrototype };
  const createContext = prototype?.createContext;
  if (prototype === undefined || createContext === undefined) return;
  sawFramework('koa');
  prototype.createContext = function (request, response) {
    const context = createContext.call(this, request, response);
    try {
      const exchange = exchangeOf(response);
      if (exchange) exchange.context = context;
    } catch (fault) {
      guard.count(fault);
    }
    return context;
  };
}

/** @returns `''` where no router of Koa routed the request */
export function koaRoute({ request, target, context }: Exchange): string {
  const { _matchedRoute: last, matched, mountPath } = context as RoutedContext;
  if (last === undefined || !Array.isArray(matched)) return '';
  const method = request.method ?? '';
  const routes = matched.filter((layer) => layer.methods?.includes(method));
  // A middleware that refuses is the last that ran; the route is the one it stands before.
  const route = routes.find((layer) => layer.path === last) ?? routes[0];
  if (route === undefined) return '';
  const path = String(route.path);
  return typeof mountPath === 'string' && splitTarget(target).path.startsWith(mountPath)
    ? mountPath.replace(/\/$/, '') + path
    : path;
}
