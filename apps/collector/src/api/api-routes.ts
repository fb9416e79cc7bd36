import { AlertSchema } from '@vedette/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HttpError } from '../http/http-error.js';
import { isOwnOrigin } from '../http/origin.js';
import type { Identifier } from './identity.js';
import { mayCall, type Operation, openApiDocument } from './operation.js';

export interface ApiRoutesOptions {
  readonly operations: readonly Operation[];
  readonly identifier: Identifier;
  readonly publicUrl: string | undefined;
  readonly version: string;
}

/** Serves the operations under their paths, to those who are signed in and whose role allows it. */
export async function apiRoutes(app: FastifyInstance, options: ApiRoutesOptions): Promise<void> {
  const document = openApiDocument(options.operations, options.version);
  const alertSchema = z.toJSONSchema(AlertSchema);
  const open = { signedIn: (request: FastifyRequest) => authenticate(request, options) };

  app.get('/api/openapi.json', async (request) => {
    open.signedIn(request);
    return document;
  });
  app.get('/api/schemas/alert.json', async (request) => {
    open.signedIn(request);
    return alertSchema;
  });

  for (const operation of options.operations) {
    app.route({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => {
        const session = authenticate(request, options);
        if (!mayCall(session, operation)) {
          throw new HttpError(403, 'VDT_FORBIDDEN', `this needs the role ${operation.role}; you are ${session.role}`);
        }
        return operation.handle({
          params: parse(operation.params, request.params, 'path'),
          query: parse(operation.query, request.query, 'query'),
          body: operation.body === null ? null : parse(operation.body, request.body, 'body'),
          session,
          reply,
        });
      },
    });
  }
}

function authenticate(request: FastifyRequest, { identifier, publicUrl }: ApiRoutesOptions) {
  const identity = identifier.identify(request.headers);
  if (identity === null) {
    throw new HttpError(401, 'VDT_UNAUTHENTICATED', 'sign in, or send Authorization: Bearer <API token>');
  }
  if (identity.by === 'cookie') requireOwnPage(request, publicUrl);
  return identity.session;
}

/**
 * Refuses what a foreign page could make a browser send: another `Origin`, and changes without the header that a page of
 * another origin cannot set without asking first (OWASP CSRF Prevention, custom request headers).
 */
export function requireOwnPage(request: FastifyRequest, publicUrl: string | undefined): void {
  if (!isOwnOrigin(request.headers, publicUrl)) {
    throw new HttpError(403, 'VDT_FOREIGN_ORIGIN', 'requests from pages of another origin are refused');
  }
  if (request.method !== 'GET' && request.headers['x-vedette-csrf'] !== '1') {
    throw new HttpError(403, 'VDT_CSRF', 'changes need the header x-vedette-csrf: 1');
  }
}

function parse(schema: z.ZodType, value: unknown, place: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => `${[place, ...issue.path].join('.')}: ${issue.message}`);
  throw new HttpError(400, 'VDT_REQUEST_INVALID', reasons.join('; '));
}
