import { z } from 'zod';
import { BUDGET_PER_TYPE } from '../core/likelihood.js';

/** Settings of the detectors of list attacks. */
export const ListSettings = z
  .object({
    enabled: z.boolean().default(true),
    /** Wanted false alarms per million requests of benign traffic. */
    falseAlarmsPerMillion: z.number().positive().max(1000).default(BUDGET_PER_TYPE),
    /** How long a finding is held where an outage of the login service would look the same. */
    holdMs: z.number().min(0).max(60_000).default(60_000),
  })
  .strict();
