import type { AlertType } from '@vedette/protocol';
import type { Form } from '../adapters/form.js';
import type { Campaign, Strength } from '../core/campaign.js';
import { addressUnit } from './address.js';
import { type Judged, sourceSet } from './match.js';
import { isVisible } from './visible.js';

/** How one campaign fared. */
export interface CampaignScore {
  readonly run: string;
  readonly id: string;
  readonly type: AlertType;
  readonly strength: Strength;
  readonly service: string;
  readonly form: Form;
  readonly description: string;
  readonly isVisible: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly requests: number;
  readonly sources: number;
  readonly found: boolean;
  /** Type of the alert that found it first. */
  readonly foundAs: AlertType | null;
  /** Hostile requests up to the alert. */
  readonly requestsToDetect: number;
  readonly secondsToDetect: number;
  /** Gained before the alert. */
  readonly accountsBefore: number;
  readonly objectsBefore: number;
  readonly bytesBefore: number;
  /** Alerts that found it, by type: one of each is wanted. */
  readonly alertsByType: Readonly<Record<string, number>>;
  readonly sourcePrecision: number;
  readonly sourceRecall: number;
  readonly actorPrecision: number;
  readonly actorRecall: number;
  /** Accounts that got in, and how many of them some alert names as compromised. */
  readonly compromised: number;
  readonly compromisedNamed: number;
  readonly severity: string;
}

export function scoreCampaign(run: string, campaign: Campaign, judged: readonly Judged[], form: Form): CampaignScore {
  const mine = judged.filter((one) => one.campaign === campaign);
  const detections = mine
    .filter((one) => one.verdict === 'detection')
    .sort((a, b) => a.alert.raisedMs - b.alert.raisedMs);
  const first = detections[0]?.alert ?? null;
  const raisedMs = first?.raisedMs ?? Number.POSITIVE_INFINITY;
  const before = campaign.gains.filter((gain) => gain.atMs <= raisedMs);
  const alertsByType: Record<string, number> = {};
  for (const { alert } of detections) alertsByType[alert.type] = (alertsByType[alert.type] ?? 0) + 1;
  const sources = new Set(detections.flatMap(({ alert }) => alert.sources.map(addressUnit)));
  const truth = new Set([...campaign.sources.keys()].map(addressUnit));
  const actors = new Set(detections.flatMap(({ alert }) => alert.actors));
  const claimed = Math.max(0, ...detections.map(({ alert }) => alert.sourceCount));
  const named = new Set(mine.flatMap(({ alert }) => alert.compromised));
  return {
    run,
    id: campaign.id,
    type: campaign.type,
    strength: campaign.strength,
    service: campaign.service,
    form,
    description: campaign.description,
    isVisible: isVisible(campaign, form),
    startMs: campaign.startMs,
    endMs: campaign.endMs,
    requests: campaign.timesMs.length,
    sources: campaign.sources.size,
    found: first !== null,
    foundAs: first?.type ?? null,
    requestsToDetect:
      first === null ? Number.NaN : campaign.timesMs.reduce((sum, at) => sum + (at <= raisedMs ? 1 : 0), 0),
    secondsToDetect: first === null ? Number.NaN : (raisedMs - campaign.startMs) / 1000,
    accountsBefore: total(before, (gain) => gain.accounts),
    objectsBefore: total(before, (gain) => gain.objects),
    bytesBefore: total(before, (gain) => gain.bytes),
    alertsByType,
    sourcePrecision: overlap(sources, sourceSet(campaign)) / sources.size,
    // Alerts name a bounded list; recall is over as many as they could name, unless they say they know fewer.
    sourceRecall:
      overlap(sources, truth) /
      Math.min(truth.size, Math.max(sources.size, claimed < truth.size ? truth.size : sources.size)),
    actorPrecision: overlap(actors, campaign.actors) / actors.size,
    actorRecall: campaign.actors.size === 0 ? Number.NaN : overlap(actors, campaign.actors) / campaign.actors.size,
    compromised: campaign.compromised.size,
    compromisedNamed: overlap(named, campaign.compromised),
    severity: first?.severity ?? '',
  };
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const item of a) if (b.has(item)) count++;
  return count;
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
