import type { AddressInfo } from 'node:net';
import { buildApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import type { Mail } from '../src/mailer.js';
import { customersOf, generateShopData, type SeedUser, type ShopData } from '../src/seed.js';

export interface RunningShop extends AsyncDisposable {
  readonly url: string;
  readonly data: ShopData;
  readonly customers: readonly SeedUser[];
  /** Mails sent so far. */
  readonly mails: readonly Mail[];
  call(
    method: string,
    path: string,
    options?: CallOptions,
  ): Promise<{ status: number; headers: Headers; body: string }>;
  /** The bearer token of an account. */
  signIn(account: { email: string; password: string }): Promise<string>;
}

export interface CallOptions {
  readonly token?: string;
  readonly apiKey?: string;
  readonly json?: unknown;
}

/** A small shop on a free port, spoken to through real sockets. */
export async function startShop(): Promise<RunningShop> {
  const mails: Mail[] = [];
  const data = generateShopData({ nowMs: Date.now(), customers: 40, orders: 300 });
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', SCRYPT_COST_LOG2: '10' });
  const app = await buildApp({ config, data, mailer: { send: async (mail) => void mails.push(mail) } });
  await app.listen({ host: config.host, port: config.port });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  const call: RunningShop['call'] = async (method, path, { token, apiKey, json } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(apiKey !== undefined && { 'x-api-key': apiKey }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return {
    url,
    data,
    customers: customersOf(data),
    mails,
    call,
    signIn: async ({ email, password }) => {
      const answer = await call('POST', '/login', { json: { email, password } });
      if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.body}`);
      return (JSON.parse(answer.body) as { token: string }).token;
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
