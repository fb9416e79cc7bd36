import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch } from './span-queue.js';

/** A file that is being sent by one process counts as abandoned after this time, ms; a call takes 10 s at most. */
const CLAIM_MS = 60_000;
/** What is being written at once, bytes; more is not taken. */
const MAX_WRITING_BYTES = 4 * 1024 * 1024;

/** `<Unix ms>-<random>-<spans>-<bytes>`: sorts by age, and tells all that is needed without opening the file. */
const FILE = /^(\d{14})-[0-9a-f]{16}-(\d{1,9})-(\d{1,12})\.otlp(\.sending|\.part)?$/;

export interface SpoolOptions {
  /** Folder that the user named; each service has one of its own below. */
  readonly folder: string;
  readonly serviceName: string;
  /** Bound on all files of the service, bytes; past it the oldest are dropped. */
  readonly maxBytes: number;
}

/** A batch of some process that ended, or whose memory was full, taken by this one to be sent. */
export interface SpooledBatch extends Batch {
  readonly path: string;
}

/**
 * Batches in files: what memory does not take while the collector is away, and what waits when the process ends, for the
 * next process of the same service to send. Files hold encoded spans only, in which every secret is a pseudonym already,
 * and belong to their owner alone (0700, 0600).
 *
 * A file appears whole, by renaming, and is claimed by renaming, so that of several processes one sends it; the claim of
 * a process that was killed lapses. What is then sent twice has the same trace and span ids, by which the collector
 * recognises it.
 */
export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  #writingBytes = 0;
  #dropped = 0;

  /** @throws Error where the folder cannot be used or is another user's */
  constructor(options: SpoolOptions) {
    this.#maxBytes = options.maxBytes;
    const { serviceName } = options;
    const hash = createHash('sha256').update(serviceName).digest('hex').slice(0, 8);
    this.#folder = join(options.folder, `${serviceName.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 64)}-${hash}`);
    try {
      // One after the other: Node's recursive way never returns below some folders, such as /proc.
      for (const path of [options.folder, this.#folder]) if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
      const state = lstatSync(this.#folder);
      if (!state.isDirectory()) throw new Error('it is not a folder');
      if (process.getuid && state.uid !== process.getuid()) throw new Error('it belongs to another user');
      if ((state.mode & 0o077) !== 0) chmodSync(this.#folder, 0o700);
    } catch (cause) {
      throw new Error(`${this.#folder} cannot be used: ${(cause as Error).message}`, { cause });
    }
  }

  /** Spans lost since the start: dropped for room, unreadable, or not written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes a batch; the event loop waits for the folder's list, not for the writing. @returns `false` where it is not taken */
  put(batch: Batch): boolean {
    if (this.#writingBytes + batch.body.length > MAX_WRITING_BYTES || !this.#makeRoom(batch.body.length)) return false;
    const path = this.#pathFor(batch);
    this.#writingBytes += batch.body.length;
    writeFile(`${path}.part`, batch.body, { flag: 'wx', mode: 0o600 })
      .then(() => rename(`${path}.part`, path))
      .catch(() => {
        this.#dropped += batch.spans;
      })
      .finally(() => {
        this.#writingBytes -= batch.body.length;
      });
    return true;
  }

  /** The same while the process ends. @returns whether it was written */
  putSync(batch: Batch): boolean {
    try {
      if (!this.#makeRoom(batch.body.length)) return false;
      const path = this.#pathFor(batch);
      writeFileSync(`${path}.part`, batch.body, { flag: 'wx', mode: 0o600 });
      renameSync(`${path}.part`, path);
      return true;
    } catch {
      return false;
    }
  }

  /** The oldest batch that no process is sending, claimed for this one; {@link remove} or {@link release} must follow. */
  claim(): SpooledBatch | undefined {
    for (const file of this.#files()) {
      if (file.state === '.part') continue;
      const path = join(this.#folder, file.name);
      try {
        if (file.state === '.sending') {
          if (Date.now() - statSync(path).mtimeMs < CLAIM_MS) continue;
          renameSync(path, path.slice(0, -'.sending'.length));
        }
        const free = file.state === '' ? path : path.slice(0, -'.sending'.length);
        const now = new Date();
        utimesSync(free, now, now);
        renameSync(free, `${free}.sending`);
        const body = readFileSync(`${free}.sending`);
        if (body.length === file.bytes) return { body, spans: file.spans, path: `${free}.sending` };
        // Cut off by a full disk or a power cut.
        unlinkSync(`${free}.sending`);
        this.#dropped += file.spans;
      } catch {
        // Another process was faster.
      }
    }
    return undefined;
  }

  /** The batch is delivered, or refused for good. */
  remove(batch: SpooledBatch): void {
    this.#unlink(batch.path);
  }

  /** The batch was not delivered; anyone may try again. */
  release(batch: SpooledBatch): void {
    try {
      renameSync(batch.path, batch.path.slice(0, -'.sending'.length));
    } catch {
      // Its claim had lapsed.
    }
  }

  /** Drops the oldest files until a batch fits. @returns `false` where it never will */
  #makeRoom(bytes: number): boolean {
    if (bytes > this.#maxBytes) return false;
    const files = this.#files();
    let total = bytes;
    for (const file of files) total += file.bytes;
    for (const file of files) {
      if (total <= this.#maxBytes) return true;
      if (this.#unlink(join(this.#folder, file.name))) this.#dropped += file.spans;
      total -= file.bytes;
    }
    return total <= this.#maxBytes;
  }

  /** Files of the spool, oldest first. */
  #files(): { readonly name: string; readonly spans: number; readonly bytes: number; readonly state: string }[] {
    const files = [];
    for (const name of readdirSync(this.#folder).sort()) {
      const [, , spans, bytes, state = ''] = FILE.exec(name) ?? [];
      if (spans !== undefined) files.push({ name, spans: Number(spans), bytes: Number(bytes), state });
    }
    return files;
  }

  #unlink(path: string): boolean {
    try {
      unlinkSync(path);
      return true;
    } catch {
      return false;
    }
  }

  #pathFor({ spans, body }: Batch): string {
    const time = String(Date.now()).padStart(14, '0');
    return join(this.#folder, `${time}-${randomBytes(8).toString('hex')}-${spans}-${body.length}.otlp`);
  }
}
