import { isMainThread } from 'node:worker_threads';
import type { CaptureContext } from './capture/exchange.js';
import { Overhead } from './capture/overhead.js';
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
import { Outbound } from './export/outbound.js';
import { FaultGuard } from './fault-guard.js';
import type { AgentHandle } from './handle.js';
import { flushBeforeEnd, flushBeforeSignals, onFirstConnection } from './lifecycle.js';
import { createLog } from './log.js';
import { nameApiKeyHeaders } from './request-headers.js';
import { type Taken, takeActor, takeEvent } from './take-report.js';

/** Faults of our own that are tolerated before capture turns off. */
const MAX_FAULTS = 20;

/** Composes the agent from the environment and starts it: capture → enrichment → export. */
export function startAgent(env: NodeJS.ProcessEnv): AgentHandle {
  const log = createLog();
  // Worker threads, and Node's own for loaders, read the same settings: what is wrong with them was said once already.
  const settingsLog = isMainThread ? log : createLog(() => {});
  const config = readConfig(env, settingsLog);
  const guard = new FaultGuard(MAX_FAULTS, (fault, faults) =>
    log.warnOnce(
      'VDT_AGENT_FAULTS',
      `capture is off after ${faults} faults of the agent, the last: ${fault instanceof Error ? fault.message : String(fault)}. The service is not affected; please report this`,
    ),
  );

  const overhead = new Overhead();
  const outbound = new Outbound({ config, log, guard, overhead });
  const { exporter, ending } = outbound;

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
    overhead,
    forwardedName: config.trustedProxies.kind === 'none' ? '' : config.clientAddressHeader,
    onFinished(exchange) {
      exchange.route = routeOf(exchange, guard);
      describeRequest(exchange, exporter, enrichment);
    },
  };
  startCapture(config, context, settingsLog);

  flushBeforeEnd(ending, guard);
  onFirstConnection(() => {
    flushBeforeSignals(ending, guard);
    outbound.start();
  }, guard);

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
    status: () => guard.always(() => outbound.status()),
  };
}
