import Fastify, { type FastifyInstance } from 'fastify';
import { AccountRepository } from './accounts/account-repository.js';
import { registerAuthRoutes } from './accounts/auth-routes.js';
import { PasswordResets } from './accounts/password-resets.js';
import { PasswordHasher } from './accounts/passwords.js';
import { registerUserRoutes } from './accounts/user-routes.js';
import { ProductRepository } from './catalogue/product-repository.js';
import { registerProductRoutes } from './catalogue/product-routes.js';
import type { Config } from './config.js';
import { registerAuthentication } from './http/authentication.js';
import { registerErrorHandler } from './http/errors.js';
import { loggingMailer, type Mailer } from './mailer.js';
import { registerExportRoutes } from './orders/export-routes.js';
import { OrderRepository } from './orders/order-repository.js';
import { registerOrderRoutes } from './orders/order-routes.js';
import { registerPartnerRoutes } from './partner/partner-routes.js';
import type { ShopData } from './seed.js';

export interface AppOptions {
  readonly config: Config;
  readonly data: ShopData;
  /** Without one, mails are only mentioned in the log. */
  readonly mailer?: Mailer;
}

const BODY_LIMIT_BYTES = 64 * 1024;

/** The shop's API, ready to listen. */
export async function buildApp({ config, data, mailer }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: config.logLevel }, bodyLimit: BODY_LIMIT_BYTES });
  const accounts = new AccountRepository(data.users, new PasswordHasher({ costLog2: config.scryptCostLog2 }));
  const products = new ProductRepository(data.products);
  const orders = new OrderRepository(data);
  const resets = new PasswordResets(accounts, mailer ?? loggingMailer(app.log));

  registerErrorHandler(app);
  await registerAuthentication(app, { secret: config.jwtSecret, accounts });
  app.get('/health', async () => ({ status: 'ok' }));
  registerAuthRoutes(app, { accounts, resets });
  registerUserRoutes(app, { accounts });
  registerProductRoutes(app, { products });
  registerOrderRoutes(app, { orders, products, partnerIds: data.partners.map((partner) => partner.id) });
  registerExportRoutes(app, { accounts, orders });
  registerPartnerRoutes(app, { orders, partners: data.partners });
  return app;
}
