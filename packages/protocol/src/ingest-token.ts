import { z } from 'zod';

/** Text of one line that a person typed. */
const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^\P{C}+$/u, 'must not have control characters');

/** How much may be sent with a token; `null`: as much as the collector takes, or what is set for all tokens. */
export const TokenLimitsSchema = z.strictObject({
  spansPerSecond: z.number().int().min(1).max(1e9).nullable().default(null),
  /** Spans that may come at once after a rest; by default those of 10 s. */
  burst: z.number().int().min(1).max(1e9).nullable().default(null),
  /** Spans of one UTC day. */
  spansPerDay: z.number().int().min(1).max(1e15).nullable().default(null),
});

/** A token with which services send, as it is shown: never the token itself. */
export const IngestTokenSchema = z.object({
  /** `initial` for the one that an install begins with. */
  id: z.string(),
  name: z.string(),
  /** `service.name`s for which it may send; empty: any. */
  services: z.array(z.string()),
  limits: TokenLimitsSchema,
  /** Spans sent with it on the present UTC day. */
  spansToday: z.number().int().nonnegative(),
  state: z.enum(['active', 'expired', 'revoked']),
  /** `null` for the initial one. */
  createdAt: z.iso.datetime().nullable(),
  createdBy: z.string().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  /** To within a minute over a kill; `null` where it was never used. */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  revokedBy: z.string().nullable(),
});

/** `GET /api/ingest-tokens`, the newest first */
export const IngestTokenListSchema = z.object({ tokens: z.array(IngestTokenSchema) });

/** `POST /api/ingest-tokens` */
export const CreateIngestTokenSchema = z.strictObject({
  name: line(80),
  services: z.array(line(256)).max(64).default([]),
  expiresAt: z.iso.datetime().nullable().default(null),
  limits: TokenLimitsSchema.prefault({}),
});

/** Answer to `POST /api/ingest-tokens`: the only time that the token can be read. */
export const CreatedIngestTokenSchema = IngestTokenSchema.extend({ token: z.string() });

export type TokenLimits = z.infer<typeof TokenLimitsSchema>;
export type IngestToken = z.infer<typeof IngestTokenSchema>;
export type IngestTokenList = z.infer<typeof IngestTokenListSchema>;
export type CreateIngestToken = z.infer<typeof CreateIngestTokenSchema>;
export type CreatedIngestToken = z.infer<typeof CreatedIngestTokenSchema>;
