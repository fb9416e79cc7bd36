import { z } from 'zod';

/** Where the usual value of a piece of evidence comes from. */
export const BaselineSchema = z.object({
  /** Whose past: this source's, actor's, their peers', the route's, the service's, or a shipped prior. */
  of: z.enum(['source', 'actor', 'peers', 'route', 'service', 'prior']),
  /** Observations behind it; 0 for a prior. */
  size: z.number().int().nonnegative(),
});

/** One numbered reason for, or against, a finding. Together they carry every number from which the score was made. */
export const EvidenceSchema = z.object({
  /** Stable name of the statistic, e.g. `accounts_failed`. */
  name: z.string(),
  /** One clause that a person understands, with the numbers in it. */
  text: z.string(),
  observed: z.number(),
  /** Usual value, or `null` where nothing is usual. */
  expected: z.number().nullable(),
  /** Unit of both: `accounts`, `objects`, `bytes`, `share`, `per hour`, … */
  unit: z.string(),
  baseline: BaselineSchema.nullable(),
  /** Log-likelihood ratio that it contributes (nats), or `null` where it only informs. Negative argues against. */
  logLikelihood: z.number().nullable(),
});

export type Baseline = z.infer<typeof BaselineSchema>;
export type Evidence = z.infer<typeof EvidenceSchema>;
