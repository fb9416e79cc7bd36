/** What a table or filter takes, for the engine's statistics. */
export interface TableStats {
  readonly name: string;
  /** Rows in use, or keys remembered where they are only estimated. */
  readonly keys: number;
  readonly maxKeys: number;
  /** Rows that had to make room, or filters that ended because they were full. */
  readonly evictions: number;
  readonly bytes: number;
  /** What it takes when it is full. */
  readonly maxBytes: number;
}

/** Something whose memory is counted. */
export interface Holder {
  stats(): TableStats;
}

let account: Holder[] | null = null;

/** Tables and filters say here that they exist, so that none can be forgotten in the account. */
export function takeIntoAccount(holder: Holder): void {
  account?.push(holder);
}

/** From now on everything that takes memory is noted, until {@link closeAccount}. */
export function openAccount(): void {
  account = [];
}

/** @returns the tables and filters that were made since {@link openAccount} */
export function closeAccount(): readonly Holder[] {
  const holders = account ?? [];
  account = null;
  return holders;
}
