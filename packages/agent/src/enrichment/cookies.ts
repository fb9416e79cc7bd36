import { Memo } from '../memo.js';

/** Longest Cookie header that is read, characters. */
const MAX_HEADER = 8192;
const MAX_COOKIES = 64;

/**
 * Names under which frameworks keep a session: Express (`connect.sid`), Java, PHP, ASP.NET, Rails, Laravel, Django,
 * Auth.js, Supabase, and what services name their own.
 */
const SESSION_COOKIE =
  /^(?:__host-|__secure-)?(?:connect\.sid|(?:[a-z0-9]+[._-]){0,4}(?:sess|session|sessionid|session[._-]?id|session[._-]?token|sid|ssid|auth|auth[._-]?token|access[._-]?token|jwt|token|id[._-]?token)|phpsessid|jsessionid|asp\.net_sessionid|aspsessionid[a-z]*|laravel_session|_[a-z0-9]+_session|koa[.:]sess|\.aspnetcore\.cookies|authjs\.session-token|next-auth\.session-token|sb-[a-z0-9]+-auth-token)$/i;
/** Cookies with such names that belong to no session of the service. */
const NOT_SESSION = /csrf|xsrf|refresh|analytics|consent|_ga/i;

/** A service sets few cookies. */
const sessionNames = new Memo(
  { entries: 1_024, length: 64 },
  (name) => named.has(name) || (SESSION_COOKIE.test(name) && !NOT_SESSION.test(name)),
);

/** Lets cookies of these names count as sessions; before the first request. */
export function nameSessionCookies(more: readonly string[]): void {
  named = new Set(more);
  sessionNames.forget();
}

let named: ReadonlySet<string> = new Set();

function isSessionCookie(name: string): boolean {
  return name.length <= 64 && sessionNames.of(name);
}

/** Value of the first session cookie in a `Cookie` header, or `''`. */
export function sessionCookie(header: string): string {
  return firstSession(header, (_, value) => value);
}

/**
 * Value of the session cookie that a client will send first after an answer: browsers keep a cookie's place when it is
 * replaced, and put new ones behind (RFC 6265, 5.3 and 5.4).
 *
 * @param header the `Cookie` header of the request
 * @returns `''` where the answer sets none, or leaves the client without
 */
export function sessionCookieAfter(header: string, setCookies: readonly string[]): string {
  const set = new Map<string, string>();
  for (const cookie of setCookies) {
    const { name, value } = readSetCookie(cookie);
    if (isSessionCookie(name)) set.set(name, value);
  }
  if (set.size === 0) return '';
  const kept = firstSession(header, (name, value) => set.get(name) ?? value);
  return kept !== '' ? kept : ([...set.values()].find((value) => value !== '') ?? '');
}

/** Whether a cookie is set that carries a session, and not one that is being deleted. */
export function setsSession(setCookies: readonly string[]): boolean {
  return setCookies.some((cookie) => {
    const { name, value } = readSetCookie(cookie);
    return value !== '' && isSessionCookie(name);
  });
}

/** @returns the first value that `choose` does not give up with `''` */
function firstSession(header: string, choose: (name: string, value: string) => string): string {
  const length = Math.min(header.length, MAX_HEADER);
  let at = 0;
  for (let cookies = 0; at < length && cookies < MAX_COOKIES; cookies++) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon < 0 || semicolon > length ? length : semicolon;
    const equals = header.indexOf('=', at);
    if (equals > at && equals < end) {
      const name = header.slice(at, equals).trim();
      if (isSessionCookie(name)) {
        const value = choose(name, header.slice(equals + 1, end).trim());
        if (value !== '') return value;
      }
    }
    at = end + 1;
  }
  return '';
}

/** The value is `''` where the cookie is being deleted. */
function readSetCookie(cookie: string): { readonly name: string; readonly value: string } {
  const equals = cookie.indexOf('=');
  if (equals < 1) return { name: '', value: '' };
  const name = cookie.slice(0, equals).trim();
  const isDeleted =
    /;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(cookie) || /;\s*expires\s*=[^;]*\b1970\b/i.test(cookie);
  return { name, value: isDeleted ? '' : (cookie.slice(equals + 1).split(';', 1)[0] ?? '').trim() };
}
