import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own with little room, for the data directory. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room there is. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  remove(): void;
}

const CHUNK = Buffer.alloc(1024 ** 2, 7);

/** @returns `null` where this user may not mount (tmpfs wants root) */
export function mountSmallDisk(parent: string, megabytes: number): SmallDisk | null {
  const path = join(parent, 'disk');
  const filler = join(path, 'filler');
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'vedette-chaos', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return {
    path,
    fill() {
      const file = openSync(filler, 'a');
      // Smaller and smaller, until not one byte more goes in.
      for (let size = CHUNK.length; size >= 1 && statfsSync(path).bavail > 0; ) {
        try {
          writeSync(file, CHUNK, 0, size);
        } catch {
          size = Math.floor(size / 2);
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    remove() {
      // Lazily: an engine that was killed may not have let go yet.
      execFileSync('umount', ['-l', path]);
    },
  };
}
