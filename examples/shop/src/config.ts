import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DEFAULT_SEED } from './seed.js';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Signs bearer tokens. Without one, a random secret: tokens then end with the process. */
  JWT_SECRET: z.string().min(32).optional(),
  SHOP_SEED: z.coerce.number().int().default(DEFAULT_SEED),
  SCRYPT_COST_LOG2: z.coerce.number().int().min(10).max(20).default(12),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly jwtSecret: string;
  readonly seed: number;
  readonly scryptCostLog2: number;
}

/** @throws ZodError naming the variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = Environment.parse(env);
  return {
    host: parsed.HOST,
    port: parsed.PORT,
    logLevel: parsed.LOG_LEVEL,
    jwtSecret: parsed.JWT_SECRET ?? randomBytes(32).toString('hex'),
    seed: parsed.SHOP_SEED,
    scryptCostLog2: parsed.SCRYPT_COST_LOG2,
  };
}
