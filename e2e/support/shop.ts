import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { INGEST_TOKEN } from './collector.js';
import { type RunningProcess, startNode } from './process.js';

const require = createRequire(import.meta.url);
const E2E = fileURLToPath(new URL('..', import.meta.url));

export interface Shop {
  readonly url: string;
  readonly process: RunningProcess;
  /** A request as the trusted front proxy passes it on for a client. */
  request(source: string, path: string, init?: RequestInit): Promise<Response>;
  /** A login through the proxy. @returns the status */
  logIn(source: string, email: string, password: string): Promise<number>;
}

/** The example shop with the agent as a preload, as the README connects a service. */
export async function startShop(collector: { url: string }): Promise<Shop> {
  const main = require.resolve('@vedette/example-shop/main');
  const process = startNode(
    ['--import', '@vedette/agent/register', main],
    {
      PORT: '0',
      LOG_LEVEL: 'info',
      OTEL_SERVICE_NAME: 'shop',
      VEDETTE_URL: collector.url,
      VEDETTE_TOKEN: INGEST_TOKEN,
      VEDETTE_TRUSTED_PROXIES: '127.0.0.1/32,::1/128',
    },
    E2E,
  );
  const [, url] = await process.says(/(http:\/\/127\.0\.0\.1:\d+)/);
  const request: Shop['request'] = (source, path, init = {}) =>
    fetch(url + path, { ...init, headers: { 'x-forwarded-for': source, ...init.headers } });
  return {
    url: url!,
    process,
    request,
    logIn: async (source, email, password) => {
      const response = await request(source, '/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      await response.arrayBuffer();
      return response.status;
    },
  };
}
