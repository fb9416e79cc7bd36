import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { HttpError } from './http-error.js';
import { isOwnHost } from './origin.js';

export interface ServerOptions {
  readonly logger: Logger;
  readonly publicUrl: string | undefined;
  /** Only names of this machine may address the collector (it listens on loopback). */
  readonly isLoopbackOnly: boolean;
  readonly timeouts?: ServerTimeouts;
}

/** How long senders may take, ms: for the head of a request, for all of it, and how often that is looked at. */
export interface ServerTimeouts {
  readonly headMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
}

const TIMEOUTS: ServerTimeouts = { headMs: 10_000, requestMs: 30_000, checkMs: 1_000 };

/** HTTP server with the protections that all routes share, and the dashboard's files. Routes are registered by stages. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const timeouts = options.timeouts ?? TIMEOUTS;
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // A slow sender cannot hold a connection for ever: it is answered 408.
    requestTimeout: timeouts.requestMs,
    http: { headersTimeout: timeouts.headMs, connectionsCheckingInterval: timeouts.checkMs },
    // Requests under way at a stop are answered; the collector breaks off what takes too long.
    forceCloseConnections: 'idle',
    // The answer to what comes meanwhile is ours, with Retry-After (health-routes).
    return503OnClosing: false,
  });
  app.setErrorHandler(answerError);
  await app.register(fastifyCookie);
  await app.register(fastifyRateLimit, { global: false });
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Meaningless, and harmful for other services of the machine, on plain http://127.0.0.1.
    strictTransportSecurity: !options.isLoopbackOnly,
    crossOriginEmbedderPolicy: false,
  });
  if (options.isLoopbackOnly) {
    app.addHook('onRequest', async (request) => {
      if (!isOwnHost(request.headers, options.publicUrl)) {
        throw new HttpError(403, 'VDT_FOREIGN_HOST', 'this collector answers to the names of its own machine only');
      }
    });
  }
  await serveDashboard(app);
  return app;
}

/** The dashboard's built files; every page address of it gets the one page that it consists of. */
async function serveDashboard(app: FastifyInstance): Promise<void> {
  const root = join(dirname(fileURLToPath(import.meta.resolve('@vedette/dashboard/package.json'))), 'dist');
  await app.register(fastifyStatic, {
    root,
    index: 'index.html',
    cacheControl: false,
    setHeaders(reply, path) {
      // Files under assets/ carry a hash of their content in their name.
      const isHashed = path.includes('/assets/');
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (isPage && !/^\/(api|v1|assets)\//.test(request.url)) return reply.sendFile('index.html');
    return reply.code(404).send({ code: 'VDT_NOT_FOUND', error: 'there is nothing at this address' });
  });
}

/** Storage errors that a client can do something about: correct the request, or come back later. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  VDT_STORAGE_INVALID: 400,
  VDT_STORAGE_BUSY: 503,
  VDT_STORAGE_TIMEOUT: 503,
  VDT_STORAGE_UNREACHABLE: 503,
};

function answerError(error: FastifyError | HttpError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof HttpError) return reply.code(error.status).send({ code: error.code, error: error.message });
  const status = STATUS_OF_CODE[error.code] ?? error.statusCode ?? 500;
  if (status === 503 || error.code === 'VDT_STORAGE_INVALID') {
    return reply.code(status).send({ code: error.code, error: error.message });
  }
  if (status < 500) {
    const code = status === 429 ? 'VDT_RATE_LIMITED' : 'VDT_REQUEST_INVALID';
    return reply.code(status).send({ code, error: error.message });
  }
  request.log.error({ err: error }, 'a request failed');
  return reply.code(500).send({ code: 'VDT_INTERNAL', error: 'the collector failed to answer; its log says why' });
}
