import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { VedetteError } from '@vedette/protocol';

/** One file of recorded traffic, or standard input. */
export interface Input {
  /** As the person gave it; `-` for standard input. */
  readonly name: string;
  /** Bytes on disk; 0 where unknown (standard input, a pipe). */
  readonly bytes: number;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Looks at all files before any is read, so that a wrong name fails at once.
 *
 * @throws VedetteError `VDT_REPLAY_INPUT` where one cannot be read
 */
export async function findInputs(names: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const name of names) {
    if (name === '-') {
      inputs.push({ name, bytes: 0 });
      continue;
    }
    const info = await stat(name).catch((cause: unknown) => {
      throw new VedetteError('VDT_REPLAY_INPUT', `${name} cannot be read: ${(cause as Error).message}`, { cause });
    });
    if (info.isDirectory()) throw new VedetteError('VDT_REPLAY_INPUT', `${name} is a directory; name the files in it`);
    if (isZstd(name)) zstd();
    inputs.push({ name, bytes: info.isFile() ? info.size : 0 });
  }
  return inputs;
}

/**
 * The content of an input in chunks of bytes, inflated where its name ends in `.gz` or `.zst`.
 *
 * @param onRead called with the number of bytes read from the disk (compressed ones) since the last call
 * @throws VedetteError `VDT_REPLAY_INPUT` where reading or inflating fails midway
 */
export async function* readBytes(input: Input, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const source =
    input.name === '-'
      ? createReadStream('', { fd: 0, autoClose: false, highWaterMark: CHUNK_BYTES })
      : createReadStream(input.name, { highWaterMark: CHUNK_BYTES });
  const inflate = inflaterFor(input.name);
  // The error of a stage reaches the loop below through the last stage, which is destroyed with it.
  const content =
    inflate === undefined ? counted(source, onRead) : pipeline(counted(source, onRead), inflate, () => {});
  try {
    for await (const chunk of content) yield chunk as Buffer;
  } catch (cause) {
    const message = `${input.name} cannot be read further: ${(cause as Error).message}`;
    throw new VedetteError('VDT_REPLAY_INPUT', message, { cause });
  }
}

async function* counted(source: Readable, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onRead((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

function inflaterFor(name: string) {
  if (name.endsWith('.gz')) return zlib.createGunzip({ chunkSize: CHUNK_BYTES });
  return isZstd(name) ? zstd()() : undefined;
}

function isZstd(name: string): boolean {
  return name.endsWith('.zst');
}

type ZstdFactory = () => zlib.Gunzip;

/** Node has zstd from 22.15 on. */
function zstd(): ZstdFactory {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: ZstdFactory };
  if (createZstdDecompress === undefined) {
    throw new VedetteError(
      'VDT_REPLAY_INPUT',
      'this Node cannot inflate zstd (22.15 and later can): use zstd -dc FILE | vedette replay -',
    );
  }
  return createZstdDecompress;
}
