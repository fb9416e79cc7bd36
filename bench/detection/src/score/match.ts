import type { Form } from '../adapters/form.js';
import type { Campaign } from '../core/campaign.js';
import { DAY, HOUR } from '../core/time.js';
import { addressUnit, prefixesOf } from './address.js';
import { isConsequence, isDetection } from './equivalents.js';
import type { RaisedAlert } from './raised-alert.js';

type Verdict = 'detection' | 'consequence' | 'mistyped' | 'false';

/** One alert with what it turned out to be. */
export interface Judged {
  readonly alert: RaisedAlert;
  readonly verdict: Verdict;
  /** The campaign that it belongs to, unless it is false. */
  readonly campaign: Campaign | null;
}

/** Truth prepared for comparison. */
interface Suspects {
  readonly campaign: Campaign;
  readonly startMs: number;
  readonly endMs: number;
  readonly sources: ReadonlySet<string>;
}

/** An alert may still grow for a while after the last hostile request; slow types are judged on days. */
const GRACE_MS = 2 * HOUR;

/**
 * Says of every alert which campaign it found, or that it is false. An alert that found two campaigns at once (one
 * epoch, two botnets) comes out twice.
 */
export function judge(alerts: readonly RaisedAlert[], campaigns: readonly Campaign[], form: Form): Judged[] {
  const suspects: Suspects[] = campaigns
    .filter((campaign) => campaign.timesMs.length > 0)
    .map((campaign) => ({
      campaign,
      startMs: campaign.startMs,
      endMs: campaign.endMs,
      sources: sourceSet(campaign),
    }));
  return alerts.flatMap((alert) => judgeOne(alert, suspects, form));
}

function judgeOne(alert: RaisedAlert, suspects: readonly Suspects[], form: Form): Judged[] {
  const found: Judged[] = [];
  let best: Judged = { alert, verdict: 'false', campaign: null };
  let bestRank = 0;
  for (const suspect of suspects) {
    if (!overlapsInTime(alert, suspect)) continue;
    const share = involvement(alert, suspect);
    if (share === 0) continue;
    const { campaign } = suspect;
    const verdict: Verdict = isDetection(campaign, alert.type, form)
      ? 'detection'
      : isConsequence(campaign, alert.type)
        ? 'consequence'
        : 'mistyped';
    if (verdict === 'detection' && campaign.isTested) found.push({ alert, verdict, campaign });
    const rank =
      (verdict === 'detection' ? 20 : verdict === 'consequence' ? 10 : 1) +
      (campaign.type === alert.type ? 5 : 0) +
      share;
    if (rank > bestRank) {
      bestRank = rank;
      best = { alert, verdict, campaign };
    }
  }
  return found.length > 0 ? found : [best];
}

function overlapsInTime(alert: RaisedAlert, suspect: Suspects): boolean {
  const grace = suspect.endMs - suspect.startMs > DAY ? DAY : GRACE_MS;
  return (
    alert.firstSeenMs <= suspect.endMs + grace &&
    alert.raisedMs >= suspect.startMs &&
    alert.lastSeenMs >= suspect.startMs
  );
}

/**
 * How much of the alert is about this campaign, 0 to 1. The one it blames first must take part, or a fifth of those it
 * names: a large botnet shares a few addresses with customers, and an alert about such a customer is false.
 */
function involvement(alert: RaisedAlert, suspect: Suspects): number {
  const { campaign } = suspect;
  if (!campaign.participantsAreHostile) return alert.type === campaign.type ? 1 : 0;
  const hits = [
    share(alert.sources.map(addressUnit), suspect.sources),
    share(alert.actors, campaign.actors),
    share(alert.actors, campaign.sessions),
    share(targetValues(alert.targets), campaign.accounts),
    share(targetValues(alert.targets), campaign.actors),
    share(targetValues(alert.targets), campaign.sessions),
  ];
  return Math.max(...hits);
}

function share(named: readonly string[], truth: ReadonlySet<string>): number {
  if (named.length === 0) return 0;
  let hits = 0;
  for (const name of named) if (truth.has(name)) hits++;
  const part = hits / named.length;
  return part >= 0.2 || truth.has(named[0]!) ? Math.max(part, 0.01) : 0;
}

function targetValues(targets: readonly string[]): string[] {
  return targets.map((target) => target.slice(target.indexOf(':') + 1));
}

/** Everything that an alert may call the sources of a campaign: its addresses and the prefixes that they are in. */
export function sourceSet(campaign: Campaign): Set<string> {
  const units = new Set([...campaign.sources.keys()].map(addressUnit));
  for (const unit of [...units]) for (const prefix of prefixesOf(unit)) units.add(prefix);
  return units;
}
