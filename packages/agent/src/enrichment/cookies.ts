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

export function isSessionCookie(name: string): boolean {
  return name.length <= 64 && SESSION_COOKIE.test(name) && !NOT_SESSION.test(name);
}

/** Value of the first session cookie in a `Cookie` header, or `''`. */
export function sessionCookie(header: string): string {
  if (header === '') return '';
  for (const pair of header.slice(0, MAX_HEADER).split(';', MAX_COOKIES)) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    if (isSessionCookie(pair.slice(0, equals).trim())) {
      const value = pair.slice(equals + 1).trim();
      if (value !== '') return value;
    }
  }
  return '';
}
