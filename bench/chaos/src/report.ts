import type { OrdealTally } from './ordeal.js';
import type { SenderTally } from './sender.js';
import type { AlertVerdict, SpanVerdict, WebhookVerdict } from './verdict.js';

export interface Results {
  readonly ordeal: OrdealTally;
  readonly senders: readonly SenderTally[];
  /** Batches that were never acknowledged. */
  readonly left: number;
  readonly campaigns: number;
  readonly spans: SpanVerdict;
  /** How far the newest stored request lies in the future, ms. */
  readonly aheadMs: number;
  readonly alerts: AlertVerdict;
  readonly webhooks: WebhookVerdict;
}

/** Prints the tally. @returns how many things that must hold do not */
export function report(results: Results): number {
  const { ordeal, senders, spans, alerts, webhooks } = results;
  const sum = (of: (tally: SenderTally) => number) => senders.reduce((total, tally) => total + of(tally), 0);
  const starts = [...ordeal.startsMs].sort((a, b) => a - b);
  const seconds = (ms: number | undefined) => ((ms ?? 0) / 1000).toFixed(1);
  print([
    ['kills', `${ordeal.kills}, of these while starting ${ordeal.killsWhileStarting}`],
    ['graceful stops', `${ordeal.terminations}, slowest ${seconds(ordeal.slowestTerminationMs)} s`],
    ['starts', `median ${seconds(starts[starts.length >> 1])} s, slowest ${seconds(starts.at(-1))} s`],
    [
      'full disks',
      `${ordeal.diskFilled}, seen and over ${ordeal.diskFullSeen}, slowest ${seconds(ordeal.slowestRecoveryMs)} s`,
    ],
    [
      'requests',
      `${sum((one) => one.requests)}, unanswered ${sum((one) => one.unanswered)}, refused for now ${sum((one) => one.refused)}`,
    ],
    [
      'repeated',
      `${sum((one) => one.repeated)} batches acknowledged before, ${sum((one) => one.brokenOff)} broken off by the sender`,
    ],
    [
      'spans',
      `${sum((one) => one.made)} made, ${spans.acknowledged} acknowledged, ${spans.stored} stored, ${spans.lost} lost, ${spans.twice} twice`,
    ],
    [
      'alerts',
      `${alerts.alerts} of ${results.campaigns} campaigns, ${alerts.missing.length} missing, ${alerts.twice.length} twice, ${alerts.extra.length} beyond an undisturbed run`,
    ],
    [
      'webhooks',
      `${webhooks.due} due, ${webhooks.delivered} delivered, ${webhooks.repeats} repeats, ${webhooks.unstable.length} with another body`,
    ],
  ]);
  const violations = [
    ...ordeal.violations,
    ...senders.flatMap((tally) => tally.wrong.map((what) => `a sender was answered ${what}`)),
    ...say(
      sum((one) => one.refusedWithoutPause),
      'refusals without Retry-After',
    ),
    ...say(results.left, 'batches never acknowledged'),
    ...say(spans.lost, 'acknowledged spans are not stored'),
    ...say(spans.twice, 'spans are stored twice'),
    ...say(spans.strange, 'stored spans were never made'),
    ...(results.aheadMs > 60_000 ? ['the clock that runs ahead was believed'] : []),
    ...say(alerts.alerts === 0 ? 1 : 0, 'run without an alert'),
    ...alerts.missing.map((name) => `alert missing: ${name}`),
    ...alerts.twice.map((name) => `alert twice: ${name}`),
    ...alerts.extra.map((name) => `alert that an undisturbed run has not: ${name}`),
    ...webhooks.missing.map((id) => `webhook never delivered: ${id}`),
    ...webhooks.unfounded.map((id) => `webhook without a stored alert event: ${id}`),
    ...webhooks.unstable.map((id) => `webhook-id with two bodies: ${id}`),
    ...webhooks.forged.map((id) => `webhook with a wrong signature: ${id}`),
  ];
  for (const violation of violations) console.log(`VIOLATED  ${violation}`);
  console.log(violations.length === 0 ? 'everything holds' : `${violations.length} violations`);
  return violations.length;
}

function print(rows: readonly (readonly [string, string])[]): void {
  for (const [what, value] of rows) console.log(`${what.padEnd(16)}${value}`);
}

function say(count: number, what: string): string[] {
  return count > 0 ? [`${count} ${what}`] : [];
}
