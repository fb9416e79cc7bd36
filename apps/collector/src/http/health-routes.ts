import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Liveness, readiness and Prometheus metrics. */
export async function healthRoutes(
  app: FastifyInstance,
  options: { metrics: Metrics; ping: () => Promise<void> },
): Promise<void> {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (request, reply) => {
    try {
      await options.ping();
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ err: error }, 'storage does not answer');
      return reply.code(503).send({ code: 'VDT_STORAGE_UNREACHABLE', error: 'storage does not answer' });
    }
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(options.metrics.registry.contentType);
    return options.metrics.registry.metrics();
  });
}
