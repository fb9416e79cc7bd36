import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Runs `cleanUp` after the present test, the newest first. */
export function later(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

/** A directory that goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vedette-e2e-'));
  later(() => rm(path, { recursive: true, force: true }));
  return path;
}
