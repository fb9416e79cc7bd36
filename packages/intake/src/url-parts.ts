/** Path, query (without `?`) and host (without port and credentials) of a request target or URL; parts that are missing are `''`. */
export interface UrlParts {
  readonly path: string;
  readonly query: string;
  readonly host: string;
}

/**
 * Splits a request target (`/a?b`), an absolute URL (`https://user@host:8443/a?b#c`) or a path. It never fails and
 * keeps percent-encoding; the fragment and the credentials are dropped.
 */
export function splitUrl(target: string): UrlParts {
  let rest = target;
  let host = '';
  const scheme = rest.indexOf('://');
  if (scheme > 0 && scheme < 12 && !rest.slice(0, scheme).includes('/')) {
    const start = scheme + 3;
    const end = firstOf(rest, start);
    host = hostOnly(rest.slice(start, end));
    rest = rest.slice(end);
    if (rest === '' || rest.charCodeAt(0) !== 47) rest = `/${rest}`;
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) rest = rest.slice(0, hash);
  const mark = rest.indexOf('?');
  if (mark < 0) return { path: rest, query: '', host };
  return { path: rest.slice(0, mark), query: rest.slice(mark + 1), host };
}

/** Host name of an authority (`user:password@Example.com:8080` → `example.com`); IPv6 without brackets. */
export function hostOnly(authority: string): string {
  const at = authority.lastIndexOf('@');
  const host = (at < 0 ? authority : authority.slice(at + 1)).toLowerCase();
  if (host.startsWith('[')) {
    const close = host.indexOf(']');
    return close < 0 ? '' : host.slice(1, close);
  }
  const colon = host.indexOf(':');
  return colon >= 0 && colon === host.lastIndexOf(':') ? host.slice(0, colon) : host;
}

/** `decodeURIComponent` that returns its input where that is not validly encoded. */
export function decodeLeniently(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function firstOf(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 47 || code === 63 || code === 35) return i;
  }
  return text.length;
}
