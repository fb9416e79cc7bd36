import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What ClickHouse's `file` function reads as a pattern or as a place inside an archive. */
const PATTERN = /[*?{}]|::/;

/**
 * The file through which binary rows go into the embedded engine: its raw insert takes text formats only, because it
 * looks for an empty line that ends the rows. Each insert writes over the rows of the one before, so the system seldom has
 * a reason to bring them to the disk, and a kill leaves nothing but the file of one insert.
 */
export interface RowFile {
  /** SQL of the table function that reads the rows; they take the columns of the table that they are inserted into. */
  readonly source: string;
  write(rows: Buffer): Promise<void>;
  close(): Promise<void>;
}

export async function openRowFile(dataDir: string): Promise<RowFile> {
  const own = PATTERN.test(dataDir) ? mkdtempSync(join(tmpdir(), 'vedette-rows-')) : null;
  const path = join(own ?? dataDir, 'inserting.rows');
  const handle = await open(path, 'w', 0o600);
  return {
    source: `file('${path.replaceAll(/[\\']/g, '\\$&')}', 'RowBinary')`,
    write: (rows) => overwrite(handle, rows),
    async close() {
      await handle.close();
      rmSync(own ?? path, { recursive: true, force: true });
    },
  };
}

/** Cut to length after writing, not before: some file systems write a file that was emptied to the disk at once. */
async function overwrite(handle: FileHandle, rows: Buffer): Promise<void> {
  let written = 0;
  while (written < rows.length) {
    written += (await handle.write(rows, written, rows.length - written, written)).bytesWritten;
  }
  await handle.truncate(rows.length);
}
