import type { Script } from '../core/scheduler.js';
import type { Service } from '../services/service.js';

/** Innocent traffic that looks like an attack (numbers L1 to L21: detection-reference 9.2). */
export interface Lookalike {
  /** Number of the catalogue, or a name of its own. */
  readonly id: string;
  readonly name: string;
  /** Hour of the day (UTC) at which it starts, or `null` for any. */
  readonly hour: number | null;
  readonly weekdayOnly: boolean;
  /** True where it goes on for the rest of the run, so that a second one would only double it. */
  readonly isLasting?: true;
  /** Starts it now. Its requests carry its id as label. */
  run(service: Service): Script;
}
