import { SessionRequestSchema } from '@vedette/protocol';
import type { FastifyInstance } from 'fastify';
import { HttpError } from '../http/http-error.js';
import { cookieValue, type Identifier } from './identity.js';
import { SESSION_COOKIE, type Sessions } from './sessions.js';

/** Signing in and out of the dashboard. The only part of the API that works without being signed in. */
export async function sessionRoutes(
  app: FastifyInstance,
  options: { sessions: Sessions; identifier: Identifier; isSecure: boolean },
): Promise<void> {
  const { sessions, identifier } = options;
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: options.isSecure } as const;

  app.get('/api/session', async (request) => {
    const identity = identifier.identify(request.headers);
    if (identity === null) throw new HttpError(401, 'VDT_UNAUTHENTICATED', 'not signed in');
    return identity.session;
  });

  // Ten tries a minute: tokens have 256 random bits, so this only keeps noise down.
  app.post('/api/session', { config: { rateLimit: { max: 10, timeWindow: 60_000 } } }, async (request, reply) => {
    const parsed = SessionRequestSchema.safeParse(request.body);
    if (!parsed.success) throw new HttpError(400, 'VDT_REQUEST_INVALID', 'body: expected {"token": "…"}');
    const { token } = parsed.data;
    const user = sessions.redeem(token) ? 'start link' : identifier.isApiToken(token) ? 'api token' : null;
    if (user === null) {
      throw new HttpError(401, 'VDT_TOKEN_INVALID', 'the token is wrong, was used before, or has expired');
    }
    const opened = await sessions.create(user, 'admin');
    reply.setCookie(SESSION_COOKIE, opened.token, { ...cookie, expires: new Date(opened.session.expires) });
    return opened.session;
  });

  app.delete('/api/session', async (request, reply) => {
    const token = cookieValue(request.headers.cookie, SESSION_COOKIE);
    if (token !== undefined) await sessions.end(token);
    reply.clearCookie(SESSION_COOKIE, cookie);
    return reply.code(204).send();
  });
}
