import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const LocalAccessSchema = z.object({ url: z.url(), token: z.string() });

/** How commands on the same machine reach a running collector. */
export type LocalAccess = z.infer<typeof LocalAccessSchema>;

/** Leaves address and an admin token of this run where only the owner of the data directory can read them. */
export async function offerLocalAccess(dataDir: string, access: LocalAccess): Promise<void> {
  const path = pathOf(dataDir);
  await writeFile(path, `${JSON.stringify(access)}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

export async function withdrawLocalAccess(dataDir: string): Promise<void> {
  await rm(pathOf(dataDir), { force: true });
}

/** @returns how to reach the collector that runs on this data directory, or `null` where none answers */
export async function findLocalAccess(dataDir: string): Promise<LocalAccess | null> {
  try {
    const access = LocalAccessSchema.parse(JSON.parse(await readFile(pathOf(dataDir), 'utf8')));
    const response = await fetch(`${access.url}/api/session`, {
      headers: { authorization: `Bearer ${access.token}` },
      signal: AbortSignal.timeout(3000),
    });
    return response.ok ? access : null;
  } catch {
    // No file, a file of a run that was killed, or nobody there: all mean that none runs.
    return null;
  }
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'collector.json');
}
