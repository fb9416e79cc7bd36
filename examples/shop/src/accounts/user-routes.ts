import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../http/errors.js';
import { idParams, pageOf, pageQuery } from '../http/paging.js';
import type { AccountRepository } from './account-repository.js';

const ProfileChange = z.object({ name: z.string().trim().min(1).max(100) });
const UserQuery = pageQuery(100).extend({ search: z.string().max(100).optional() });

export function registerUserRoutes(app: FastifyInstance, { accounts }: { accounts: AccountRepository }): void {
  app.get('/me', { onRequest: app.requireUser() }, async (request) => request.account);

  app.patch('/me', { onRequest: app.requireUser() }, async (request) => {
    const { name } = ProfileChange.parse(request.body);
    return accounts.rename(request.account.id, name);
  });

  app.get('/users', { onRequest: app.requireUser(['admin', 'support']) }, async (request) => {
    const { search, ...page } = UserQuery.parse(request.query);
    const wanted = search?.toLowerCase() ?? '';
    return pageOf(
      accounts.all().filter((user) => user.name.toLowerCase().includes(wanted) || user.email.includes(wanted)),
      page,
    );
  });

  app.get('/users/:id', { onRequest: app.requireUser(['admin', 'support']) }, async (request) => {
    const user = accounts.byId(idParams.parse(request.params).id);
    if (user === undefined) throw notFound('user');
    return user;
  });
}
