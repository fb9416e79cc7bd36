import { ErrorBodySchema, type Session } from '@vedette/protocol';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

const NONE = z.object({});

export interface OperationCall<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly session: Session;
  readonly reply: FastifyReply;
}

/** One operation of the REST API: its route, its contract and what it does. The OpenAPI document is made from these. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  /** Least role that may call it. */
  readonly role: Session['role'];
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly response: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: the list holds operations of all shapes; each is checked where it is defined
  readonly handle: (call: OperationCall<any, any, any>) => Promise<unknown>;
}

/** Defines an operation whose handler sees parameters, query and body already parsed. */
export function operation<
  Params extends z.ZodObject = typeof NONE,
  Query extends z.ZodObject = typeof NONE,
  Body extends z.ZodType = z.ZodNull,
  Response extends z.ZodType = z.ZodType,
>(definition: {
  method: Operation['method'];
  path: string;
  summary: string;
  role: Session['role'];
  params?: Params;
  query?: Query;
  body?: Body;
  response: Response;
  handle: (call: OperationCall<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<z.input<Response>>;
}): Operation {
  return {
    ...definition,
    params: definition.params ?? NONE,
    query: definition.query ?? NONE,
    body: definition.body ?? null,
  };
}

const RANK: Readonly<Record<Session['role'], number>> = { viewer: 0, analyst: 1, admin: 2 };

/** Whether a session's role covers the one that an operation asks for. */
export function mayCall(session: Session, needed: Operation): boolean {
  return RANK[session.role] >= RANK[needed.role];
}

/** OpenAPI 3.1 document of the operations. */
export function openApiDocument(operations: readonly Operation[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const one of operations) {
    paths[one.path] ??= {};
    paths[one.path]![one.method.toLowerCase()] = {
      summary: one.summary,
      'x-role': one.role,
      parameters: [...parameters('path', one.params), ...parameters('query', one.query)],
      ...(one.body === null ? {} : { requestBody: { required: true, content: json(one.body, 'input') } }),
      responses: {
        200: { description: 'OK', content: json(one.response, 'output') },
        default: { description: 'Error', content: json(ErrorBodySchema, 'output') },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Vedette', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'vedette_session' },
      },
    },
  };
}

function parameters(place: 'path' | 'query', schema: z.ZodObject): unknown[] {
  const document = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(document.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (document.required ?? []).includes(name),
    schema: property,
  }));
}

function json(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...document } = z.toJSONSchema(schema, { io });
  return { 'application/json': { schema: document } };
}
