import {
  CreatedIngestTokenSchema,
  CreateIngestTokenSchema,
  IngestTokenListSchema,
  IngestTokenSchema,
} from '@vedette/protocol';
import { z } from 'zod';
import type { IngestTokens } from '../ingest/ingest-tokens.js';
import { type Operation, operation } from './operation.js';

/** Tokens with which services send: seen by everyone, without what is secret, created and revoked by admins. */
export function tokenOperations(tokens: IngestTokens): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/api/ingest-tokens',
      summary: 'The tokens with which services send, the newest first',
      role: 'viewer',
      response: IngestTokenListSchema,
      handle: async () => ({ tokens: tokens.list() }),
    }),
    operation({
      method: 'POST',
      path: '/api/ingest-tokens',
      summary: 'A new token for services; the only answer that shows it',
      role: 'admin',
      body: CreateIngestTokenSchema,
      response: CreatedIngestTokenSchema,
      handle: async ({ body, session, reply }) => {
        reply.header('cache-control', 'no-store');
        return tokens.create(body, session.user);
      },
    }),
    operation({
      method: 'DELETE',
      path: '/api/ingest-tokens/{id}',
      summary: 'Ends a token at once and for good',
      role: 'admin',
      params: z.object({ id: z.string().max(64) }),
      response: IngestTokenSchema,
      handle: async ({ params, session }) => tokens.revoke(params.id, session.user),
    }),
  ];
}
