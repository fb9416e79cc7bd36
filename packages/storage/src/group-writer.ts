import { storageError, toStorageError } from './errors.js';

/** Writes appends in groups: whatever arrives while one insert runs goes into the next. */
export interface GroupWriter {
  /**
   * Resolves once the data is durable. Appends are stored in the order of the calls.
   *
   * @throws VedetteError `VDT_STORAGE_BUSY` when the queue is full, `VDT_STORAGE_CLOSED` after close, or what the
   * insert that held this append failed with; other groups are not affected
   */
  append(data: Buffer, rows?: number): Promise<void>;
  /** What is accepted and not settled yet. */
  backlog(): Backlog;
  /** Refuses further appends and resolves when all that were accepted have been settled. */
  close(): Promise<void>;
}

export interface Backlog {
  /** Rows, as the callers of append told. */
  readonly rows: number;
  readonly bytes: number;
  /** From here on appends are refused. */
  readonly maxBytes: number;
}

export interface GroupWriterOptions {
  /** Stores a group. Never called again before it has settled. */
  readonly insert: (data: Buffer) => Promise<void>;
  /**
   * Inserts start at least this far apart, ms, unless a group is full: an insert has a price of its own, however small. An
   * append that comes after a longer rest does not wait.
   */
  readonly intervalMs: number;
  /** A group that reaches this size goes at once, bytes. A single append may be larger. */
  readonly maxGroupBytes: number;
  /** Bytes that may wait, the group being written included. An append to an empty queue is always taken. */
  readonly maxQueueBytes: number;
  /** What the insert does, for messages: `cannot store request events`. */
  readonly doing: string;
}

interface Pending {
  readonly data: Buffer;
  readonly rows: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function createGroupWriter(options: GroupWriterOptions): GroupWriter {
  const { insert, intervalMs, maxGroupBytes, maxQueueBytes, doing } = options;
  const queue: Pending[] = [];
  let waitingBytes = 0;
  let unsettledBytes = 0;
  let unsettledRows = 0;
  let running: Promise<void> | null = null;
  let closed = false;
  let insertedAt = Number.NEGATIVE_INFINITY;
  let wake: (() => void) | null = null;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      await waitForTurn();
      insertedAt = performance.now();
      await write(takeGroup());
    }
    running = null;
  }

  function waitForTurn(): Promise<void> {
    const waitMs = insertedAt + intervalMs - performance.now();
    if (closed || waitMs <= 0 || waitingBytes >= maxGroupBytes) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs);
      wake = done;
      function done(): void {
        clearTimeout(timer);
        wake = null;
        resolve();
      }
    });
  }

  function takeGroup(): Pending[] {
    let count = 0;
    let bytes = 0;
    for (const { data } of queue) {
      if (count > 0 && bytes + data.length > maxGroupBytes) break;
      count++;
      bytes += data.length;
    }
    waitingBytes -= bytes;
    return queue.splice(0, count);
  }

  async function write(group: readonly Pending[]): Promise<void> {
    const data = group.length === 1 ? group[0]!.data : Buffer.concat(group.map((pending) => pending.data));
    try {
      await insert(data);
      for (const pending of group) pending.resolve();
    } catch (error) {
      const failure = toStorageError(error, doing);
      for (const pending of group) pending.reject(failure);
    } finally {
      unsettledBytes -= data.length;
      for (const { rows } of group) unsettledRows -= rows;
    }
  }

  return {
    append(data, rows = 1) {
      if (closed) return Promise.reject(storageError('VDT_STORAGE_CLOSED', `${doing}: storage is closed`));
      if (unsettledBytes > 0 && unsettledBytes + data.length > maxQueueBytes) {
        return Promise.reject(
          storageError('VDT_STORAGE_BUSY', `${doing}: ${unsettledBytes} bytes are waiting already`),
        );
      }
      waitingBytes += data.length;
      unsettledBytes += data.length;
      unsettledRows += rows;
      return new Promise((resolve, reject) => {
        queue.push({ data, rows, resolve, reject });
        if (waitingBytes >= maxGroupBytes) wake?.();
        // A turn later, so that appends of one turn are one group.
        running ??= Promise.resolve().then(run);
      });
    },

    backlog: () => ({ rows: unsettledRows, bytes: unsettledBytes, maxBytes: maxQueueBytes }),

    async close() {
      closed = true;
      wake?.();
      await running;
    },
  };
}
