import fastifyJwt from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccountRepository } from '../accounts/account-repository.js';
import type { Role, User } from '../entities.js';
import { forbidden, unauthorized } from './errors.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Hook: lets a request with a valid bearer token through; `roles`, if given, must include the user's. */
    requireUser(roles?: readonly Role[]): (request: FastifyRequest) => Promise<void>;
    /** A bearer token for `user`. */
    issueToken(user: User): string;
  }
  interface FastifyRequest {
    /** The signed-in user; only on routes behind `requireUser`. */
    account: User;
  }
}

const TOKEN_LIFETIME = '2h';

export async function registerAuthentication(
  app: FastifyInstance,
  options: { secret: string; accounts: AccountRepository },
): Promise<void> {
  await app.register(fastifyJwt, { secret: options.secret, sign: { expiresIn: TOKEN_LIFETIME } });
  app.decorateRequest('account');
  app.decorate('issueToken', (user: User) => app.jwt.sign({ sub: String(user.id), role: user.role }));
  app.decorate('requireUser', (roles?: readonly Role[]) => async (request: FastifyRequest): Promise<void> => {
    const { sub } = await request.jwtVerify<{ sub: string }>().catch(() => {
      throw unauthorized('a valid bearer token is required');
    });
    const account = options.accounts.byId(Number(sub));
    if (account === undefined) throw unauthorized('this account does not exist any more');
    if (roles !== undefined && !roles.includes(account.role)) throw forbidden(`not allowed for ${account.role}`);
    request.account = account;
  });
}
