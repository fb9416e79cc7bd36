import type { CaptureContext } from './capture/exchange.js';
import { routeOf } from './capture/routes.js';
import { startCapture } from './capture/start-capture.js';
import { readConfig } from './config.js';
import { BasicLogins } from './enrichment/basic-logins.js';
import { nameSessionCookies } from './enrichment/cookies.js';
import { BodyBudgets } from './enrichment/describe-bodies.js';
import { describeRequest, type Enrichment } from './enrichment/describe-request.js';
import { nameIdFields } from './enrichment/object-ids.js';
import { createPrefixPolicy } from './enrichment/prefix-policy.js';
import { nameSecretParameters } from './enrichment/redact.js';
import { sendAtExit } from './export/exit-sender.js';
import { DEFAULT_TIMING, Exporter } from './export/exporter.js';
import { RequestEnvelope } from './export/request-envelope.js';
import { SpanQueue } from './export/span-queue.js';
import { Transport } from './export/transport.js';
import { FaultGuard } from './fault-guard.js';
import type { AgentHandle } from './handle.js';
import { EXIT_FLUSH_MS, flushBeforeEnd } from './lifecycle.js';
import { createLog } from './log.js';
import { nameApiKeyHeaders } from './request-headers.js';
import { type Taken, takeActor, takeEvent } from './take-report.js';
import { AGENT_VERSION } from './version.js';

/** Faults of our own that are tolerated before capture turns off. */
const MAX_FAULTS = 20;
/** Time for one answer of the collector, ms. */
const CALL_TIMEOUT_MS = 10_000;

/** Composes the agent from the environment and starts it: capture → enrichment → export. */
export function startAgent(env: NodeJS.ProcessEnv): AgentHandle {
  const log = createLog();
  const config = readConfig(env, log);
  const guard = new FaultGuard(MAX_FAULTS, (fault, faults) =>
    log.warnOnce(
      'VDT_AGENT_FAULTS',
      `capture is off after ${faults} faults of the agent, the last: ${fault instanceof Error ? fault.message : String(fault)}. The service is not affected; please report this`,
    ),
  );

  const queue = new SpanQueue({
    maxBytes: config.queueBytes,
    envelope: new RequestEnvelope(config.resource, { name: '@vedette/agent', version: AGENT_VERSION }),
  });
  if (config.pseudonymKey !== '') queue.useKey(config.pseudonymKey);
  const transport = new Transport({
    collectorUrl: config.collectorUrl,
    token: config.token,
    timeoutMs: CALL_TIMEOUT_MS,
  });
  const exporter = new Exporter({
    queue,
    transport,
    log,
    collectorUrl: config.collectorUrl,
    timing: DEFAULT_TIMING,
    compress: config.compress,
  });

  const { rules } = config;
  nameApiKeyHeaders(rules.apiKeyHeaders);
  nameSessionCookies(rules.sessionCookies);
  nameSecretParameters(rules.secretParameters);
  nameIdFields(rules.idFields);
  const budgets = new BodyBudgets();
  const enrichment: Enrichment = {
    trustedProxies: config.trustedProxies,
    basicLogins: new BasicLogins(),
    rules,
    budgets,
  };
  const context: CaptureContext = {
    policy: createPrefixPolicy(rules, budgets),
    guard,
    forwardedName: config.trustedProxies.kind === 'none' ? '' : config.clientAddressHeader,
    onFinished(exchange) {
      exchange.route = routeOf(exchange, guard);
      describeRequest(exchange, exporter, enrichment);
    },
  };
  startCapture(config, context, log);

  flushBeforeEnd(
    {
      flush: (timeoutMs) => exporter.flush(timeoutMs),
      isIdle: () => queue.spans === 0,
      flushAtExit: () => {
        if (exporter.troubled || !queue.hasKey) return;
        sendAtExit(queue.everything(), {
          url: `${config.collectorUrl}/v1/traces`,
          token: config.token,
          timeoutMs: EXIT_FLUSH_MS,
        });
      },
    },
    guard,
  );

  function warnUnlessTaken(name: string, taken: Taken | undefined): void {
    if (taken === 'no request') {
      log.warnOnce(
        'VDT_AGENT_REPORT',
        `${name} was called without a request that is under way; pass it the request, before the response ends`,
      );
    } else if (taken === 'invalid') {
      log.warnOnce('VDT_AGENT_REPORT', `${name} was called with something else than its types say; it is ignored`);
    }
  }

  return {
    flush: (timeoutMs) => exporter.flush(timeoutMs),
    trackEvent: (report) =>
      warnUnlessTaken(
        'trackEvent',
        guard.run(() => takeEvent(report)),
      ),
    setActor: (request, id, kind) =>
      warnUnlessTaken(
        'setActor',
        guard.run(() => takeActor(request, id, kind)),
      ),
    status: () => ({
      capturing: !guard.tripped,
      waiting: queue.spans,
      waitingBytes: queue.bytes,
      delivered: exporter.delivered,
      dropped: queue.dropped,
      rejected: exporter.rejected,
      faults: guard.faults,
    }),
  };
}
