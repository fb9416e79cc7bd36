import { Memo } from '../memo.js';
import { splitTarget } from '../request-target.js';
import type { Exchange } from './exchange.js';
import { sawFramework } from './frameworks.js';

/** What is read of Express 4 and 5 objects, all of it optional: other frameworks put other things there. */
interface ExpressRequest {
  readonly app?: ExpressApp;
  readonly route?: ExpressRoute;
}

interface ExpressApp {
  readonly _router?: ExpressRouter;
  readonly router?: ExpressRouter;
  readonly parent?: ExpressApp;
  readonly mountpath?: unknown;
}

interface ExpressRouter {
  readonly stack?: readonly ExpressLayer[];
}

interface ExpressRoute {
  readonly path?: unknown;
}

interface ExpressLayer {
  readonly route?: ExpressRoute;
  readonly handle?: ExpressRouter;
  /** router 2.2 and later. */
  readonly rawPath?: unknown;
  /** Express 5. */
  readonly matchers?: readonly ((path: string) => LayerMatch | false)[];
  readonly slash?: boolean;
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

interface LayerMatch {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Layers that are searched for a route at most, and routers inside routers. */
const MAX_LAYERS = 5_000;
const MAX_DEPTH = 8;
/** Ways to one route, where a router is mounted more than once. */
const MAX_CHAINS = 8;

const chains = new WeakMap<ExpressRoute, readonly (readonly ExpressLayer[])[]>();

/**
 * Route template of a request that Express routed: the route's own path after those of the routers it is mounted in.
 *
 * The mount paths are found in the application's router tree, not in `req.baseUrl`, which is concrete and is lost when
 * a route throws.
 *
 * @returns `''` where Express did not route the request
 */
export function expressRoute(exchange: Exchange): string {
  const { app, route } = exchange.request as ExpressRequest;
  if (!app || !route) return '';
  const path = splitTarget(exchange.target).path;
  const mounted = mountPath(app);
  const ways = chains.get(route) ?? remember(route, app);
  // Most routes hang on the application itself; their templates need no work but the first time.
  if (mounted === '' && ways.length === 1 && ways[0]?.length === 0 && typeof route.path === 'string') {
    return rooted.of(route.path);
  }
  for (const chain of ways) {
    const prefix = chainTemplate(chain, path.slice(concreteLength(mounted, path)));
    if (prefix !== undefined) return join(mounted, prefix, patternOf(route.path, path));
  }
  return '';
}

function remember(route: ExpressRoute, app: ExpressApp): readonly (readonly ExpressLayer[])[] {
  sawFramework('express');
  const found = findChains(routerOf(app), route);
  chains.set(route, found);
  return found;
}

/** Express 4 throws on `app.router`. */
function routerOf(app: ExpressApp): ExpressRouter | undefined {
  return app._router ?? app.router;
}

/** Layers from the root to the route, once per way that leads there. */
function findChains(root: ExpressRouter | undefined, route: ExpressRoute): ExpressLayer[][] {
  const found: ExpressLayer[][] = [];
  let budget = MAX_LAYERS;
  const search = (router: ExpressRouter, above: readonly ExpressLayer[]): void => {
    for (const layer of router.stack ?? []) {
      if (budget-- <= 0 || found.length >= MAX_CHAINS) return;
      if (layer.route === route) found.push([...above]);
      else if (!layer.route && Array.isArray(layer.handle?.stack) && above.length < MAX_DEPTH) {
        search(layer.handle, [...above, layer]);
      }
    }
  };
  if (root) search(root, []);
  return found;
}

/** Templates of the routers' mount paths, or `undefined` where the path does not lead through them. */
function chainTemplate(chain: readonly ExpressLayer[], path: string): string | undefined {
  let rest = path;
  let template = '';
  for (const layer of chain) {
    const match = matchLayer(layer, rest);
    if (!match) return undefined;
    template = join(template, typeof layer.rawPath === 'string' ? layer.rawPath : probe(layer, match.path));
    rest = rest.slice(match.path.length) || '/';
  }
  return template;
}

function matchLayer(layer: ExpressLayer, path: string): LayerMatch | undefined {
  if (layer.slash || layer.regexp?.fast_slash) return { path: '', params: {} };
  for (const matcher of layer.matchers ?? []) {
    const match = matcher(path);
    if (match) return match;
  }
  const match = layer.regexp?.exec(path);
  if (!match) return undefined;
  const params = Object.fromEntries((layer.keys ?? []).map((key, index) => [String(key.name), match[index + 1]]));
  return { path: match[0], params };
}

/**
 * Template of a mount path whose pattern the layer does not keep: each segment is replaced by a stranger, and where
 * the layer still matches and a parameter takes the stranger's value, the segment is that parameter.
 */
function probe(layer: ExpressLayer, path: string): string {
  const segments = path.split('/');
  const names = segments.map((segment, index) => {
    if (segment === '') return segment;
    for (const stranger of ['zzprobezz', '7777777']) {
      const probed = matchLayer(layer, segments.with(index, stranger).join('/'));
      const name = Object.entries(probed?.params ?? {}).find(([, value]) => value === stranger)?.[0];
      if (name !== undefined) return `:${name}`;
    }
    return segment;
  });
  return names.join('/');
}

/** Path under which a sub-application is mounted in its parents, as they wrote it. */
function mountPath(app: ExpressApp): string {
  let template = '';
  let current: ExpressApp | undefined = app;
  for (let depth = 0; current?.parent && depth < MAX_DEPTH; depth++) {
    template = join(patternOf(current.mountpath, ''), template);
    current = current.parent;
  }
  return template;
}

/** Length of the beginning of a concrete path that a mount template covers, segment by segment. */
function concreteLength(template: string, path: string): number {
  if (template === '' || template === '/') return 0;
  const count = template.split('/').length;
  return path.split('/').slice(0, count).join('/').length;
}

/** A pattern as text; of several, the first with as many segments as the path. */
function patternOf(pattern: unknown, path: string): string {
  if (typeof pattern === 'string') return pattern;
  if (pattern instanceof RegExp) return pattern.toString();
  if (!Array.isArray(pattern)) return '';
  const count = path.split('/').length;
  const best: unknown = pattern.find((one) => typeof one === 'string' && one.split('/').length === count) ?? pattern[0];
  return Array.isArray(best) ? '' : patternOf(best, path);
}

/** A pattern as the template of a whole path. */
const rooted = new Memo({ entries: 4_096, length: 512 }, (pattern) => join(pattern));

function join(...parts: readonly string[]): string {
  const joined = parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/');
  return joined === '' && parts.some((part) => part !== '') ? '/' : `/${joined}`;
}
