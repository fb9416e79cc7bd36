/** How many keys each part may hold, from the one setting `stateMemoryMB`. */
export interface MemoryPlan {
  readonly sources: number;
  readonly accounts: number;
  readonly attempts: number;
  readonly pairs: number;
  readonly objects: number;
  readonly contacts: number;
  readonly detectorKeys: number;
  readonly detectorContacts: number;
}

/**
 * Shares of the memory, from the table of the reference (7.1), where 260 MB hold a million sources: half a megabyte of
 * state holds 2,000 sources, 1,000 accounts and so on. Linear in the setting.
 */
export function planMemory(stateMemoryMB: number): MemoryPlan {
  const unit = stateMemoryMB / 512;
  return {
    sources: Math.round(1_000_000 * unit),
    accounts: Math.round(500_000 * unit),
    attempts: Math.round(1_000_000 * unit),
    objects: Math.round(1_500_000 * unit),
    contacts: Math.round(5_000_000 * unit),
    pairs: Math.round(5_000_000 * unit),
    detectorKeys: Math.round(250_000 * unit),
    detectorContacts: Math.round(4_000_000 * unit),
  };
}
