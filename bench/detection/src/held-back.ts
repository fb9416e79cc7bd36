// ---------------------------------------------------------------------------------------------------------------------
// HELD BACK. Do not look at these seeds, at services/bank/, or at single results of these runs while tuning detectors
// or intake: what is known here can no longer prove anything. Only `--held-back` uses this file, and its tables are
// reported by themselves.
// ---------------------------------------------------------------------------------------------------------------------
import type { ServiceName } from './services/catalogue.js';

/** A data set for the final judgement alone. */
export interface HeldBackRun {
  readonly service: ServiceName;
  readonly seed: string;
}

const SEEDS = ['q7-umbra', 'q7-kelp', 'q7-ferrite', 'q7-lagoon', 'q7-orchid', 'q7-tundra'];

export const HELD_BACK_RUNS: readonly HeldBackRun[] = SEEDS.flatMap((seed) =>
  (['shop', 'saas', 'partner', 'bank'] as const).map((service) => ({ service, seed })),
);

/** Seeds of the tuning runs are plain numbers; these never are. */
export function tuningSeeds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}
