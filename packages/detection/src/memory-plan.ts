/** How many rows each part may hold, and keys each filter, from the one setting `stateMemoryMB`. */
export interface MemoryPlan {
  readonly sources: number;
  readonly accounts: number;
  readonly attempts: number;
  readonly loginSources: number;
  /** (account, network) and (account, client) pairs of a month. */
  readonly pairs: number;
  readonly objects: number;
  readonly readers: number;
  readonly takers: number;
  readonly paths: number;
  /** Members of a shared "seen within a day" filter. */
  readonly contacts: number;
  /** Rows of a detector for those under suspicion. */
  readonly suspects: number;
  /** Rows of a detector for all who are active: sessions, users. */
  readonly active: number;
  /** Rows of a detector for all who do something seldom: try a code, ask for a name. */
  readonly callers: number;
  readonly detectorContacts: number;
}

/** What the plan below is made for: so that all of it takes 88 % of the setting. */
const PLAN_MB = 584;

/**
 * Shares of the memory. With every table and filter full they take 88 % of the setting (a test adds them up); the rest is
 * for what stands in objects: notes about suspects, habits of routes and API keys, open campaigns. Rows are for those who
 * are active within the table's time to live; what is suspicious stays longest when they do not suffice. Linear in the
 * setting.
 */
export function planMemory(stateMemoryMB: number): MemoryPlan {
  const rows = (atPlan: number) => Math.round((atPlan * stateMemoryMB) / PLAN_MB);
  return {
    sources: rows(700_000),
    accounts: rows(350_000),
    attempts: rows(300_000),
    loginSources: rows(300_000),
    pairs: rows(3_500_000),
    objects: rows(800_000),
    readers: rows(500_000),
    takers: rows(420_000),
    paths: rows(100_000),
    contacts: rows(3_500_000),
    suspects: rows(60_000),
    active: rows(350_000),
    callers: rows(150_000),
    detectorContacts: rows(3_000_000),
  };
}
