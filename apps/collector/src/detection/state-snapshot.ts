import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { createEngine, type Engine, type EngineOptions, restoreEngine } from '@vedette/detection';
import { createNormaliser, type Normaliser } from '@vedette/intake';
import type { BlobStore } from '@vedette/storage';
import type { Logger } from 'pino';

const NAME = 'learned-state';

/** Before the parts' own bytes: position and length of the engine's part, 64-bit integers, little endian. */
const HEADER_BYTES = 16;

/** What detection and intake have learned, and the position in the order of storing up to which they have seen everything. */
export interface LearnedState {
  readonly engine: Engine;
  readonly normaliser: Normaliser;
  readonly position: number;
}

export interface LearnedStateOptions {
  readonly engine: EngineOptions;
  readonly pseudonymKey: string;
}

/** The state as the last snapshot has it; an empty one where there is none or another version wrote it. */
export async function loadState(blobs: BlobStore, options: LearnedStateOptions, logger: Logger): Promise<LearnedState> {
  const { pseudonymKey } = options;
  const packed = await blobs.get(NAME);
  if (packed !== null) {
    try {
      const bytes = await promisify(gunzip)(packed);
      const position = Number(bytes.readBigUInt64LE(0));
      const intakeAt = HEADER_BYTES + Number(bytes.readBigUInt64LE(8));
      const engine = restoreEngine(bytes.subarray(HEADER_BYTES, intakeAt), options.engine);
      const normaliser = createNormaliser({ pseudonymKey, snapshot: bytes.subarray(intakeAt) });
      return { engine, normaliser, position };
    } catch (error) {
      logger.warn({ err: error }, 'learned state is rebuilt from all stored request events');
    }
  }
  return { engine: createEngine(options.engine), normaliser: createNormaliser({ pseudonymKey }), position: 0 };
}

/** What a snapshot is taken of, and what must be safe before it may be kept. */
export interface SnapshotParts extends Omit<LearnedState, 'position'> {
  readonly blobs: BlobStore;
  /** Position in the order of storing up to which the engine has seen everything. */
  readonly position: () => number;
  /** Resolves once all alerts raised so far are durable. */
  readonly alertsSettled: () => Promise<void>;
}

/**
 * Keeps what was learned, so that the next start needs only the rows stored after it.
 *
 * Alerts raised before the snapshot must be durable first: a restart does not see their request events again.
 */
export async function saveState(parts: SnapshotParts): Promise<void> {
  const engine = parts.engine.snapshot();
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt(parts.position()), 0);
  header.writeBigUInt64LE(BigInt(engine.length), 8);
  const intake = parts.normaliser.snapshot();
  await parts.alertsSettled();
  // Most of the state is filters and tables with room in them: the fastest level takes nine tenths of it.
  await parts.blobs.put(NAME, await promisify(gzip)(Buffer.concat([header, engine, intake]), { level: 1 }));
}
