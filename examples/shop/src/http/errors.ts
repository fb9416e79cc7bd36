import type { FastifyError, FastifyInstance } from 'fastify';
import { ZodError } from 'zod';

/** An answer other than success that a route decides on. `code` is for programs, `message` for people. */
export class HttpError extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const unauthorized = (message: string): HttpError => new HttpError(401, 'unauthorized', message);
export const forbidden = (message: string): HttpError => new HttpError(403, 'forbidden', message);
export const notFound = (what: string): HttpError => new HttpError(404, 'not_found', `${what} not found`);

/** One shape for every error: `{ code, error }`, with the offending fields for a request that does not validate. */
export function registerErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    if (error instanceof HttpError) {
      return reply.code(error.statusCode).send({ code: error.code, error: error.message });
    }
    if (error instanceof ZodError) {
      const fields = error.issues.map((issue) => ({ field: issue.path.join('.'), problem: issue.message }));
      return reply.code(400).send({ code: 'invalid_request', error: 'the request is not valid', fields });
    }
    const statusCode = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    if (statusCode < 500) return reply.code(statusCode).send({ code: 'bad_request', error: error.message });
    request.log.error({ err: error }, 'request failed');
    return reply.code(500).send({ code: 'internal', error: 'something went wrong' });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 'not_found', error: 'no such page' }));
}
