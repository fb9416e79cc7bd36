import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** 256 random bits as text that fits in a URL and a header, behind a prefix that secret scanners can look for. */
export function createToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** Compares without telling by its duration how much of the token was right. */
export function sameToken(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

/** The form in which tokens that somebody else keeps are stored. */
export function hashToken(token: string): string {
  return sha256(token).toString('hex');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * A secret that stays the same over restarts: given by configuration, or read from a file in the data directory that
 * only its owner can read, made at the first start.
 */
export async function keptSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = secretPath(dataDir, name);
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (text !== '') return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const secret = make();
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${secret}\n`, { mode: 0o600, flush: true });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return secret;
}

/** Where {@link keptSecret} keeps it. */
export function secretPath(dataDir: string, name: string): string {
  return join(dataDir, name);
}
