import type { RequestEvent } from '@vedette/protocol';
import { CLEAN_DELIVERY, type DeliveryOptions, deliver } from './adapters/delivery.js';
import type { Form } from './adapters/form.js';
import { backgroundNoise, floodKeys, forgeAddresses } from './attacks/accompaniment.js';
import type { Exchange } from './core/exchange.js';
import { World } from './core/world.js';
import { DEFAULT_PLAN, type PlanOptions, schedule } from './plan.js';
import { type CampaignScore, scoreCampaign } from './score/campaign-score.js';
import { LabelIndex } from './score/label-index.js';
import { judge } from './score/match.js';
import type { Examinee } from './score/raised-alert.js';
import { createService, type ServiceName } from './services/catalogue.js';
import type { Service } from './services/service.js';

/** One data set: a service's weeks under one seed, in one form. */
export interface RunOptions {
  readonly service: ServiceName;
  readonly seed: string;
  readonly form: Form;
  /** Benign requests, roughly. */
  readonly events: number;
  readonly days: number;
  readonly plan: PlanOptions;
  readonly delivery: DeliveryOptions;
  /** The engine is stopped, saved and restored this often; 0 for never. */
  readonly restartEveryDays: number;
  /** Distinct addresses and sessions that send one harmless request each, spread over the time of the attacks. */
  readonly floodKeys: number;
  /** Attackers write a new client address into a header for each request, and the service believes it. */
  readonly forgedAddresses: boolean;
}

export const DEFAULT_RUN: Omit<RunOptions, 'service' | 'seed'> = {
  form: 'enriched',
  events: 1_000_000,
  days: 21,
  plan: DEFAULT_PLAN,
  delivery: CLEAN_DELIVERY,
  restartEveryDays: 0,
  floodKeys: 0,
  forgedAddresses: false,
};

/** An alert that no campaign explains. */
export interface FalseAlert {
  readonly run: string;
  readonly type: string;
  readonly severity: string;
  readonly isWithdrawn: boolean;
  /** True where it names an attacker, but says what did not happen. */
  readonly isMistyped: boolean;
  /** Behaviour of those it names, or the campaign that it is about. */
  readonly cause: string;
  readonly atMs: number;
  readonly sources: readonly string[];
  readonly actors: readonly string[];
  readonly summary: string;
}

export interface RunScore {
  readonly examinee: string;
  readonly run: string;
  readonly service: string;
  readonly form: Form;
  readonly benignRequests: number;
  readonly hostileRequests: number;
  readonly campaigns: readonly CampaignScore[];
  readonly falseAlerts: readonly FalseAlert[];
  /** Alerts about background scanners by severity; above `low` they page people for nothing. */
  readonly noiseAlerts: Readonly<Record<string, number>>;
  readonly lookalikeRounds: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** A world with its people and its plan, ready to run. */
export function prepare(options: RunOptions): { world: World; service: Service } {
  const world = new World(`${options.service}/${options.seed}`, options.days);
  const service = createService(options.service, world, { events: options.events, rng: world.rng.fork('service') });
  service.start();
  schedule(world, service, options.plan);
  if (options.plan.attackRounds > 0) backgroundNoise(world, service);
  if (options.floodKeys > 0) floodKeys(world, service, options.floodKeys, options.plan.warmUpDays);
  if (options.forgedAddresses) forgeAddresses(world);
  return { world, service };
}

/** Makes request events of exchanges: intake's normaliser, or the perfect reading. */
export type Reader = (exchange: Exchange, service: Service, form: Form) => RequestEvent | null;

/** Runs one data set past the examinees and scores each. */
export function runOne(options: RunOptions, examinees: readonly Examinee[], read: Reader): RunScore[] {
  const { world, service } = prepare(options);
  const name = `${options.service}/${options.seed}/${options.form}`;
  const labels = new LabelIndex();
  const beganMs = performance.now();
  let benign = 0;
  let hostile = 0;
  for (const { item, isRepeat } of deliver(world.run(), options.delivery, options.seed)) {
    if (!isRepeat) {
      labels.note(item);
      if (item.campaign?.participantsAreHostile !== true) benign++;
      else hostile++;
    }
    const event = read(item, service, options.form);
    if (event === null) continue;
    for (const examinee of examinees) examinee.observe(event);
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const rounds: Record<string, number> = {};
  for (const { label } of world.lookalikes) rounds[label] = (rounds[label] ?? 0) + 1;
  return examinees.map((examinee) => {
    examinee.finish();
    const judged = judge(examinee.alerts(), world.campaigns, options.form);
    const noiseAlerts: Record<string, number> = {};
    for (const { alert, campaign } of judged) {
      if (campaign?.isTested === false) noiseAlerts[alert.severity] = (noiseAlerts[alert.severity] ?? 0) + 1;
    }
    return {
      examinee: examinee.name,
      run: name,
      service: options.service,
      form: options.form,
      benignRequests: benign,
      hostileRequests: hostile,
      campaigns: world.campaigns
        .filter((campaign) => campaign.isTested && campaign.timesMs.length > 0)
        .map((campaign) => scoreCampaign(name, campaign, judged, options.form)),
      falseAlerts: judged
        .filter(({ verdict }) => verdict === 'false' || verdict === 'mistyped')
        .map(({ alert, verdict, campaign }) => ({
          run: name,
          type: alert.type,
          severity: alert.severity,
          isWithdrawn: alert.isWithdrawn,
          isMistyped: verdict === 'mistyped',
          cause:
            campaign === null
              ? labels.explain(alert, world.lookalikes)
              : `attack ${campaign.type} ${campaign.strength}`,
          atMs: alert.raisedMs,
          sources: alert.sources.slice(0, 5),
          actors: alert.actors.slice(0, 5),
          summary: alert.summary,
        })),
      noiseAlerts,
      lookalikeRounds: rounds,
      seconds,
    };
  });
}
