import type { FaultGuard } from '../fault-guard.js';
import { type Exchange, exchangeOf } from './exchange.js';
import { sawFramework } from './frameworks.js';

/** What Hono's `Context` is made with, as far as it is used here. */
interface ContextOptions {
  /** As `@hono/node-server` gives it. */
  readonly env?: { readonly outgoing?: object };
  /** Handlers and middlewares in the order in which they run, with their routes; private on the context. */
  readonly matchResult?: MatchResult;
}

type MatchResult = readonly [readonly (readonly [readonly [Handler, RouterRoute], unknown])[], ...unknown[]];
type Handler = { readonly length: number; readonly [COMPOSED]?: Handler };

interface RouterRoute {
  readonly path: string;
  /** `ALL` for middlewares and for `app.all`. */
  readonly method: string;
}

type ContextClass = new (request: unknown, options?: ContextOptions) => HonoContext;

interface HonoContext {
  /** `routeIndex` is the place of what ran last. */
  readonly req: { readonly routeIndex: number };
  [MATCHED]?: MatchResult | undefined;
}

const MATCHED = Symbol('vedette.matched');
/** Under which Hono keeps the handler of a mounted application that has an error handler of its own. */
const COMPOSED = '__COMPOSED_HANDLER';

/** Under which the line of {@link HONO_HOOK} finds {@link watchHono}'s subclass. */
const HOOK = Symbol.for('vedette.hono');

/**
 * Appended to Hono's `context.js`. Hono's classes are built of private members and its `fetch` is an own property of each
 * application, so nothing can be wrapped once they exist; but the variable `Context` can be given another class before
 * anybody has used it.
 */
export const HONO_HOOK = `\nContext = globalThis[Symbol.for('vedette.hono')]?.(Context) ?? Context;\n`;

/** Appended as well to the CommonJS form, which exports a copy of the variable (older ones a getter). */
export const HONO_COMMON_HOOK = 'if (module.exports.Context !== Context) module.exports.Context = Context;\n';

/** Whether the hook fits a module's source. */
export function canHookHono(source: string): boolean {
  return /^var Context = class\b/m.test(source);
}

/** Remembers Hono's context of each request, and which routes it matched. */
export function watchHono(guard: FaultGuard): void {
  const registry = globalThis as { [HOOK]?: (original: ContextClass) => ContextClass };
  registry[HOOK] = (original) => {
    sawFramework('hono');
    const Context = class extends original {
      constructor(request: unknown, options?: ContextOptions) {
        super(request, options);
        try {
          const outgoing = options?.env?.outgoing;
          const exchange = outgoing && exchangeOf(outgoing);
          if (exchange) {
            this[MATCHED] = options?.matchResult;
            exchange.context = this;
          }
        } catch (fault) {
          guard.count(fault);
        }
      }
    };
    Object.defineProperty(Context, 'name', { value: original.name });
    return Context;
  };
}

/** @returns `''` where Hono found no route */
export function honoRoute({ context }: Exchange): string {
  const hono = context as HonoContext;
  const matched = hono[MATCHED]?.[0];
  if (matched === undefined || matched.length === 0) return '';
  // A middleware that refuses is the last that ran; the route is the one it stands before.
  for (let i = matched.length > 1 ? hono.req.routeIndex : 0; i < matched.length; i++) {
    const [handler, route] = matched[i]?.[0] ?? [];
    if (handler && route && (route.method !== 'ALL' || !isMiddleware(handler))) return route.path;
  }
  return '';
}

/** Middlewares take `next`, handlers do not. */
function isMiddleware(handler: Handler): boolean {
  return (handler[COMPOSED] ?? handler).length > 1;
}
