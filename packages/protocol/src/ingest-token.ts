import { z } from 'zod';

/** Text of one line that a person typed. */
const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^\P{C}+$/u, 'must not have control characters');

/** A token with which services send, as it is shown: never the token itself. */
export const IngestTokenSchema = z.object({
  /** `initial` for the one that an install begins with. */
  id: z.string(),
  name: z.string(),
  /** `service.name`s for which it may send; empty: any. */
  services: z.array(z.string()),
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
});

/** Answer to `POST /api/ingest-tokens`: the only time that the token can be read. */
export const CreatedIngestTokenSchema = IngestTokenSchema.extend({ token: z.string() });

export type IngestToken = z.infer<typeof IngestTokenSchema>;
export type IngestTokenList = z.infer<typeof IngestTokenListSchema>;
export type CreateIngestToken = z.infer<typeof CreateIngestTokenSchema>;
export type CreatedIngestToken = z.infer<typeof CreatedIngestTokenSchema>;
