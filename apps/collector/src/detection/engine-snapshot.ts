import { createEngine, type Engine, type EngineOptions, restoreEngine } from '@vedette/detection';
import type { BlobStore } from '@vedette/storage';
import type { Logger } from 'pino';

const NAME = 'engine';

/** Bytes before the engine's own: the position as a 64-bit integer, little endian. */
const HEADER_BYTES = 8;

/** An engine, and the position in the order of storing up to which it has seen everything. */
export interface PlacedEngine {
  readonly engine: Engine;
  readonly position: number;
}

/** The engine as the last snapshot has it; a new one where there is none or an older version wrote it. */
export async function loadEngine(blobs: BlobStore, options: EngineOptions, logger: Logger): Promise<PlacedEngine> {
  const snapshot = await blobs.get(NAME);
  if (snapshot === null || snapshot.length < HEADER_BYTES) return { engine: createEngine(options), position: 0 };
  const view = new DataView(snapshot.buffer, snapshot.byteOffset, HEADER_BYTES);
  try {
    const engine = restoreEngine(snapshot.subarray(HEADER_BYTES), options);
    return { engine, position: Number(view.getBigUint64(0, true)) };
  } catch (error) {
    if ((error as { code?: string }).code !== 'VDT_SNAPSHOT_VERSION') throw error;
    logger.warn({ err: error }, 'detector state is rebuilt from all stored request events');
    return { engine: createEngine(options), position: 0 };
  }
}

/** What a snapshot is taken of, and what must be safe before it may be kept. */
export interface SnapshotParts {
  readonly blobs: BlobStore;
  readonly engine: Engine;
  /** Position in the order of storing up to which the engine has seen everything. */
  readonly position: () => number;
  /** Resolves once all alerts raised so far are durable. */
  readonly alertsSettled: () => Promise<void>;
}

/**
 * Keeps the engine's state, so that the next start needs only the rows stored after it.
 *
 * Alerts raised before the snapshot must be durable first: a restart does not see their request events again.
 */
export async function saveEngine({ blobs, engine, position, alertsSettled }: SnapshotParts): Promise<void> {
  const state = engine.snapshot();
  const snapshot = new Uint8Array(HEADER_BYTES + state.length);
  new DataView(snapshot.buffer).setBigUint64(0, BigInt(position()), true);
  snapshot.set(state, HEADER_BYTES);
  await alertsSettled();
  await blobs.put(NAME, snapshot);
}
