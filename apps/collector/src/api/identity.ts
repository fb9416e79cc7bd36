import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from '@vedette/protocol';
import { sameToken } from '../secrets.js';
import { SESSION_COOKIE, type Sessions } from './sessions.js';

/** Who asks, and how they proved it. Requests proved by a cookie need protection from foreign pages. */
export interface Identity {
  readonly session: Session;
  readonly by: 'token' | 'cookie';
}

export interface Identifier {
  identify(headers: IncomingHttpHeaders): Identity | null;
  /** Whether the text is a valid API token. */
  isApiToken(token: string): boolean;
}

/** Recognises API tokens (`Authorization: Bearer`, or the `bearer.…` subprotocol of a WebSocket) and session cookies. */
export function createIdentifier(options: { sessions: Sessions; apiTokens: readonly string[] }): Identifier {
  const isApiToken = (token: string) => options.apiTokens.some((valid) => sameToken(token, valid));
  const admin: Session = { user: 'api token', role: 'admin', expires: '9999-12-31T23:59:59.999Z' };
  return {
    isApiToken,
    identify(headers) {
      const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? bearerProtocol(headers);
      if (bearer !== undefined) return isApiToken(bearer) ? { session: admin, by: 'token' } : null;
      const cookie = cookieValue(headers.cookie, SESSION_COOKIE);
      const session = cookie === undefined ? null : options.sessions.find(cookie);
      return session === null ? null : { session, by: 'cookie' };
    },
  };
}

/** Value of one cookie of a `Cookie` header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name) return value;
  }
  return undefined;
}

function bearerProtocol(headers: IncomingHttpHeaders): string | undefined {
  const offered = headers['sec-websocket-protocol']?.split(',') ?? [];
  const encoded = offered.map((one) => one.trim()).find((one) => one.startsWith('bearer.'));
  return encoded === undefined ? undefined : Buffer.from(encoded.slice('bearer.'.length), 'base64url').toString('utf8');
}
