import type { ActorKind } from '@vedette/protocol';
import type { RequestHeaders } from '../request-headers.js';
import { sessionCookie } from './cookies.js';

/** Who makes a request, by what it carries. Raw values; they leave only as pseudonyms. */
export interface Actor {
  /** `''` where the request carries nothing that names one. */
  readonly id: string;
  readonly kind: ActorKind | '';
  /** What ties requests of one login together: session cookie, the token's `sid`, or the token itself; or `''`. */
  readonly session: string;
  /** Whether it stands for a login only, opaque token or session cookie, so that the service knows better who that is. */
  readonly isOpaque: boolean;
}

const NOBODY: Actor = { id: '', kind: '', session: '', isOpaque: true };

/** Longest token whose claims are read, characters. */
const MAX_TOKEN = 8192;

/**
 * The actor behind a request: subject of a JSON Web Token, user of HTTP Basic, API key, or session cookie, in this
 * order. Signatures are not verified, so whoever asks must drop the actor of a request that was answered 401.
 */
export function readActor(headers: Pick<RequestHeaders, 'authorization' | 'apiKey' | 'cookie'>): Actor {
  const cookie = sessionCookie(headers.cookie);
  const named = fromAuthorization(headers.authorization) ?? fromApiKey(headers.apiKey) ?? fromCookie(cookie) ?? NOBODY;
  return cookie === '' || named.session === cookie ? named : { ...named, session: cookie };
}

/** User and password of HTTP Basic (RFC 7617): the user only. */
export function basicUser(authorization: string): string {
  const encoded = /^\s*Basic\s+([A-Za-z0-9+/_=-]{2,8192})\s*$/i.exec(authorization)?.[1];
  if (!encoded) return '';
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? '' : decoded.slice(0, Math.min(colon, 320));
}

function fromAuthorization(authorization: string): Actor | undefined {
  if (authorization === '') return undefined;
  const user = basicUser(authorization);
  if (user !== '') return { id: user, kind: 'user', session: '', isOpaque: false };
  const [, scheme = '', credential = ''] = /^([A-Za-z-]{2,32})\s+(\S.*)$/.exec(authorization.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'jwt':
      return fromToken(credential);
    case 'apikey':
    case 'api-key':
    case 'key':
    case 'token':
      return { id: credential.replace(/^token=["']?|["']$/g, ''), kind: 'api_key', session: '', isOpaque: false };
    default:
      return undefined;
  }
}

function fromToken(token: string): Actor {
  const claims = jwtClaims(token);
  if (!claims) return { id: token, kind: 'api_key', session: '', isOpaque: true };
  const session = claims.sid ?? token;
  if (claims.sub !== undefined) return { id: claims.sub, kind: 'user', session, isOpaque: false };
  if (claims.client !== undefined) return { id: claims.client, kind: 'api_key', session: '', isOpaque: false };
  return { id: session, kind: 'session', session, isOpaque: true };
}

function fromApiKey(key: string): Actor | undefined {
  if (key === '') return undefined;
  const actor = fromToken(key);
  return actor.kind === 'user' ? actor : { id: key, kind: 'api_key', session: '', isOpaque: false };
}

function fromCookie(cookie: string): Actor | undefined {
  if (cookie === '') return undefined;
  const subject = jwtClaims(cookie)?.sub;
  if (subject !== undefined) return { id: subject, kind: 'user', session: cookie, isOpaque: false };
  return { id: cookie, kind: 'session', session: cookie, isOpaque: true };
}

interface Claims {
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  readonly client: string | undefined;
}

/** The claims that name someone, of a JWT in compact form (RFC 7519), unverified. */
function jwtClaims(token: string): Claims | undefined {
  if (token.length > MAX_TOKEN) return undefined;
  const payload = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (!payload) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const claims = new Map<string, unknown>(Object.entries(parsed));
    return {
      sub:
        scalar(claims.get('sub')) ??
        scalar(claims.get('user_id')) ??
        scalar(claims.get('userId')) ??
        scalar(claims.get('uid')),
      sid: scalar(claims.get('sid')) ?? scalar(claims.get('session_id')),
      client: scalar(claims.get('client_id')) ?? scalar(claims.get('azp')),
    };
  } catch {
    return undefined;
  }
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : undefined;
}
