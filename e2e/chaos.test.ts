import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startNode } from './support/process.js';

const CHAOS = fileURLToPath(new URL('../bench/chaos/dist/main.js', import.meta.url));

test('kills and a full disk in the middle of attacks lose nothing and tell nothing twice', async () => {
  const run = startNode([CHAOS, '--kills', '3', '--disk-fills', '1', '--seed', '11']);
  const code = await run.exit();
  // Where a tmpfs may not be mounted (it wants root) the run says "SKIPPED: full disks".
  process.stdout.write(run.output());
  expect(run.output()).toContain('everything holds');
  expect(code).toBe(0);
});
