import type { DocumentStore, StorageOperation } from '@vedette/storage';

/** Overwritten again and again; its value says when. */
const PROBE = 'storage-probe';

export interface StorageHealthParts {
  readonly ping: () => Promise<void>;
  readonly documents: Pick<DocumentStore, 'set'>;
}

/**
 * Whether storage takes what it is given. A database that answers questions may still have no room for rows: once a write
 * has failed it counts as away until a write succeeds, if need be one of its own.
 */
export class StorageHealth {
  #isFailing = false;
  #probing: Promise<void> | null = null;

  /** To be told of every operation of the database. */
  observe({ operation, code }: Pick<StorageOperation, 'operation' | 'code'>): void {
    if (operation === 'insert') this.#isFailing = code !== null;
  }

  /** @throws VedetteError as storage does */
  async check(parts: StorageHealthParts): Promise<void> {
    if (!this.#isFailing) return parts.ping();
    // Whoever asks meanwhile shares the answer.
    this.#probing ??= parts.documents.set(PROBE, Date.now()).finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }
}
