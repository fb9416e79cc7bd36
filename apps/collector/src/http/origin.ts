import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../config.js';

/**
 * Whether a request comes from the dashboard's own pages or from no page at all.
 *
 * A browser sends `Origin` with every request that a foreign page could forge in a person's name, and `Host` as the page
 * was addressed. Behind a TLS-ending proxy the scheme differs, so hosts are compared, and the configured public host
 * counts as ours.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  let originHost: string;
  try {
    originHost = new URL(origin).host;
  } catch {
    return false;
  }
  return originHost === host || (publicUrl !== undefined && originHost === new URL(publicUrl).host);
}

/**
 * Whether the `Host` that a request names is one under which a collector on loopback can be meant. Refusing others
 * stops DNS rebinding: a foreign page whose name was made to point at 127.0.0.1.
 */
export function isOwnHost(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const { host } = headers;
  if (host === undefined) return false;
  if (publicUrl !== undefined && host === new URL(publicUrl).host) return true;
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.split(':', 1)[0]!;
  return isLoopback(name);
}
