import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HttpError, unauthorized } from '../http/errors.js';
import type { AccountRepository } from './account-repository.js';
import type { PasswordResets } from './password-resets.js';

const Email = z.email().max(254);
const NewPassword = z.string().min(10).max(200);
const Login = z.object({ email: Email, password: z.string().min(1).max(200) });
const Signup = z.object({
  email: Email,
  password: NewPassword,
  address: z.object({
    name: z.string().min(1).max(100),
    street: z.string().min(1).max(200),
    postcode: z.string().min(3).max(12),
    city: z.string().min(1).max(100),
    country: z.string().length(2),
  }),
});
const ResetRequest = z.object({ email: Email });
const ResetConfirm = z.object({ token: z.string().min(16).max(200), password: NewPassword });

export function registerAuthRoutes(
  app: FastifyInstance,
  { accounts, resets }: { accounts: AccountRepository; resets: PasswordResets },
): void {
  app.post('/login', async (request) => {
    const { email, password } = Login.parse(request.body);
    const user = await accounts.signIn(email, password);
    if (user === undefined) throw unauthorized('e-mail or password is wrong');
    return { token: app.issueToken(user), user: { id: user.id, name: user.name, role: user.role } };
  });

  app.post('/signup', async (request, reply) => {
    const { email, password, address } = Signup.parse(request.body);
    const user = await accounts.create({ email, password, name: address.name, address });
    if (user === undefined) throw new HttpError(409, 'email_taken', 'an account with this e-mail exists');
    return reply
      .code(201)
      .send({ token: app.issueToken(user), user: { id: user.id, name: user.name, role: user.role } });
  });

  app.post('/password-reset', async (request, reply) => {
    await resets.request(ResetRequest.parse(request.body).email);
    return reply.code(202).send({ message: 'if the account exists, a mail is on its way' });
  });

  app.post('/password-reset/confirm', async (request, reply) => {
    const { token, password } = ResetConfirm.parse(request.body);
    if (!(await resets.confirm(token, password))) {
      throw new HttpError(400, 'invalid_token', 'this reset code is not valid any more');
    }
    return reply.code(204).send();
  });
}
