import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Name and version in the package.json nearest above the started script, or above the working directory. */
export interface PackageIdentity {
  readonly name: string;
  /** `''` where the package has none. */
  readonly version: string;
}

/** Levels that are climbed in search of a package.json. */
const MAX_LEVELS = 32;

/**
 * @param script path of the started script (`process.argv[1]`)
 * @returns `undefined` where no package.json with a name is found
 */
export function findPackage(script: string | undefined, workingDirectory: string): PackageIdentity | undefined {
  const fromScript = script ? climb(dirname(resolve(workingDirectory, script))) : undefined;
  return fromScript ?? climb(workingDirectory);
}

function climb(start: string): PackageIdentity | undefined {
  let directory = start;
  for (let level = 0; level < MAX_LEVELS; level++) {
    const found = read(join(directory, 'package.json'));
    if (found) return found;
    const parent = dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
  return undefined;
}

function read(path: string): PackageIdentity | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('name' in parsed)) return undefined;
    const { name } = parsed;
    if (typeof name !== 'string' || name === '') return undefined;
    const version = 'version' in parsed && typeof parsed.version === 'string' ? parsed.version : '';
    return { name, version };
  } catch {
    return undefined;
  }
}
