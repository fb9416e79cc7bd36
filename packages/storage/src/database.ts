/**
 * The few things that storage asks of ClickHouse, so that embedded engine and server are one to everything above.
 *
 * Values never become SQL text: they travel as query parameters (`{name:Type}`) or as insert data.
 */
export interface Database {
  /** Runs a statement that answers nothing, on the writing connection. */
  command(sql: string, params?: QueryParams): Promise<void>;
  /**
   * Runs a long statement that answers nothing beside all others. It takes no parameters: only numbers and names of this
   * package's own may stand in it.
   */
  background(sql: string): Promise<void>;
  /** Rows of a SELECT as arrays in column order, on the reading connection, within `limits`. */
  select<Row extends readonly unknown[]>(sql: string, params?: QueryParams, limits?: ReadLimits): Promise<Row[]>;
  /** Stores rows given in a format of ClickHouse. Durable when it resolves; all of the rows or none (one block). */
  insert(into: InsertTarget, data: Buffer): Promise<void>;
  /** Whether other collectors may be at work in the same database. */
  readonly isShared: boolean;
  /** From now on gives up within seconds instead of waiting for a server to come back: the collector stops. */
  hurry(): void;
  /** Whether the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** 64-bit integers that may pass 2^53 are given as decimal text. */
export type QueryParams = Readonly<Record<string, string | number | readonly string[]>>;

export interface ReadLimits {
  /** Default 5. */
  readonly maxSeconds?: number;
  /** Bytes of memory that the query may take; default 1 GiB. */
  readonly maxMemoryBytes?: number;
}

export interface InsertTarget {
  readonly table: string;
  readonly columns: readonly [string, ...string[]];
  readonly format: 'TabSeparated' | 'JSONCompactEachRow' | 'RowBinary';
}

/**
 * Settings of every insert: numbers are read to the last bit, and one group may hold rows of any number of days
 * (a sender's clock decides the partition, so the default limit of 100 would let one sender fail everybody's rows).
 */
export const INSERT_SETTINGS = { precise_float_parsing: 1, max_partitions_per_insert_block: '0' } as const;

/** The query with its limits in it: settings of a session would stay for the statements after it. */
export function withLimits(sql: string, limits: ReadLimits = {}): string {
  const seconds = limits.maxSeconds ?? 5;
  const bytes = limits.maxMemoryBytes ?? 1024 ** 3;
  return `${sql}\nSETTINGS max_execution_time = ${Number(seconds)}, timeout_overflow_mode = 'throw', max_memory_usage = ${Number(bytes)}`;
}
