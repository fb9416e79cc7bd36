import { createRequire } from 'node:module';
import { z } from 'zod';

/** Version of this collector, from its package. */
export const VERSION: string = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../package.json')).version;
