import type { Exchange } from '../capture/exchange.js';

/** Places where authentication middleware leaves the user, on the raw request or on the framework's own object. */
interface Holder {
  /** Passport and most others; Fastify's plug-ins on Fastify's request. */
  readonly user?: unknown;
  /** express-jwt (the claims), express-oauth2-jwt-bearer (`payload`). */
  readonly auth?: unknown;
  readonly session?: unknown;
  /** Koa. */
  readonly state?: { readonly user?: unknown };
  /** Hono. */
  readonly var?: { readonly user?: unknown };
}

interface Session {
  readonly passport?: { readonly user?: unknown };
  readonly user?: unknown;
  readonly userId?: unknown;
}

/** Names under which a user or a token's claims hold what they are known by, best first. */
const ID_FIELDS = ['id', 'sub', '_id', 'userId', 'user_id', 'uid', 'email', 'username'] as const;

type UserFields = { readonly [name in (typeof ID_FIELDS)[number]]?: unknown };

const MAX_ID = 512;

/**
 * What the service knows the user by who makes a request, as its own middleware found it: `req.user`, `ctx.state.user`,
 * `req.auth`, the session's `passport.user`, `user` or `userId`.
 *
 * @returns `''` where it found nobody; also where reading it fails, which is the service's business
 */
export function knownUser({ request, context }: Pick<Exchange, 'request' | 'context'>): string {
  try {
    return (context === undefined ? '' : userOf(context as Holder)) || userOf(request as Holder);
  } catch {
    return '';
  }
}

function userOf(holder: Holder): string {
  const { user } = holder;
  if (user !== undefined && user !== null) return idOf(user);
  const { state, var: variables, auth, session } = holder;
  return (
    idOf(state?.user) ||
    idOf(variables?.user) ||
    idOf(auth) ||
    idOf((auth as { readonly payload?: unknown } | undefined)?.payload) ||
    ofSession(session)
  );
}

function ofSession(session: unknown): string {
  if (typeof session !== 'object' || session === null) return '';
  const { passport, user, userId } = session as Session;
  return idOf(passport?.user) || idOf(user) || scalar(userId);
}

function idOf(user: unknown): string {
  if (typeof user !== 'object' || user === null) return scalar(user);
  for (const name of ID_FIELDS) {
    const id = scalar((user as UserFields)[name]);
    if (id !== '') return id;
  }
  return '';
}

/** A text, a number, or MongoDB's ObjectId. */
function scalar(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length <= MAX_ID ? value : '';
    case 'number':
    case 'bigint':
      return String(value);
    case 'object': {
      if (value === null) return '';
      const { toHexString } = value as { readonly toHexString?: unknown };
      return typeof toHexString === 'function' ? scalar(toHexString.call(value)) : '';
    }
    default:
      return '';
  }
}
