import type { Exchange } from './exchange.js';
import { sawFramework } from './frameworks.js';

/** Where Next.js keeps what it found out about a raw request (its `request-meta.ts`). */
const META = Symbol.for('NextInternalRequestMeta');

interface NextRequest {
  readonly [META]?: {
    readonly match?: { readonly definition?: { readonly pathname?: unknown } } | null;
    /** Page that answers; the concrete path where it is not dynamic. */
    readonly invokeOutput?: unknown;
  };
}

/** Pages with which Next.js says that it has none. */
const OWN_PAGES: ReadonlySet<string> = new Set(['/_not-found', '/404', '/_error', '/500']);

/** @returns the route as its folders spell it, `/api/orders/[orderId]`; `''` where Next.js did not route the request */
export function nextRoute({ request }: Exchange): string {
  const meta = (request as NextRequest)[META];
  if (meta === undefined) return '';
  sawFramework('next');
  const route = meta.match?.definition?.pathname ?? meta.invokeOutput;
  return typeof route === 'string' && !OWN_PAGES.has(route) ? route : '';
}
