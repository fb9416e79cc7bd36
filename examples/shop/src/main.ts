import { buildApp } from './app.js';
import { readConfig } from './config.js';
import { generateShopData } from './seed.js';

const config = readConfig(process.env);
const app = await buildApp({ config, data: generateShopData({ seed: config.seed, nowMs: Date.now() }) });

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void app.close());
}
await app.listen({ host: config.host, port: config.port });
