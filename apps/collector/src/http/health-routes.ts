import type { FastifyInstance } from 'fastify';
import { HttpError } from './http-error.js';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';

/** What answers in every phase. */
const ALWAYS = /^\/(healthz|readyz|metrics)(\?|$)/;

/**
 * Liveness (the process answers), readiness (traffic is welcome; the body says what is wrong) and Prometheus metrics.
 * Before the state is rebuilt and while the collector closes nothing else answers.
 */
export function healthRoutes(app: FastifyInstance, options: { metrics: Metrics; readiness: Readiness }): void {
  const { metrics, readiness } = options;
  app.addHook('onRequest', async (request, reply) => {
    if (readiness.phase === 'serving' || ALWAYS.test(request.url)) return;
    reply.header('retry-after', '2');
    throw readiness.phase === 'starting'
      ? new HttpError(503, 'VDT_STARTING', 'detector state is being rebuilt from storage; try again soon')
      : new HttpError(503, 'VDT_CLOSING', 'the collector is about to stop');
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const report = await readiness.report();
    return reply
      .code(report.status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
}
