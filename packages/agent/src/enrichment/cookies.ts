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

export function isSessionCookie(name: string): boolean {
  return name.length <= 64 && sessionNames.of(name);
}

/** Value of the first session cookie in a `Cookie` header, or `''`. */
export function sessionCookie(header: string): string {
  const length = Math.min(header.length, MAX_HEADER);
  let at = 0;
  for (let cookies = 0; at < length && cookies < MAX_COOKIES; cookies++) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon < 0 || semicolon > length ? length : semicolon;
    const equals = header.indexOf('=', at);
    if (equals > at && equals < end && isSessionCookie(header.slice(at, equals).trim())) {
      const value = header.slice(equals + 1, end).trim();
      if (value !== '') return value;
    }
    at = end + 1;
  }
  return '';
}
