import { GUARDS, type GuardName } from '@vedette/detection';
import { ARMS } from '../arms.js';
import { STRENGTHS } from '../core/campaign.js';
import type { RunScore } from '../run.js';
import type { CampaignScore } from '../score/campaign-score.js';
import { quantile } from '../score/poisson.js';
import { isSerious, number, of, recallOf, table } from './format.js';

/** What one condition came to. */
interface Outcome {
  readonly recall: readonly number[];
  readonly serious: number;
  readonly any: number;
  readonly benign: number;
  readonly medianRequests: number;
}

function outcomeOf(scores: readonly RunScore[]): Outcome {
  const campaigns = scores.flatMap((score) => score.campaigns);
  const wrong = scores.flatMap((score) => score.falseAlerts).filter((alert) => !alert.isMistyped);
  const visible = campaigns.filter((campaign) => campaign.isVisible);
  return {
    recall: STRENGTHS.map((strength) => {
      const { found, trials } = recallOf(of(campaigns, strength));
      return found / trials;
    }),
    serious: wrong.filter(isSerious).length,
    any: wrong.length,
    benign: scores.reduce((sum, score) => sum + score.benignRequests, 0),
    medianRequests: quantile(
      visible.map((campaign) => (campaign.found ? campaign.requestsToDetect : Number.POSITIVE_INFINITY)),
      0.5,
    ),
  };
}

const HEAD = [...STRENGTHS, 'false ≥ medium per M', 'any per M', 'median requests to detect'];

function cells(outcome: Outcome, plain: Outcome): string[] {
  const perMillion = (count: number): string => number((count * 1e6) / outcome.benign);
  return [
    ...outcome.recall.map((recall, i) =>
      `${(100 * recall).toFixed(1)}% ${difference(recall, plain.recall[i]!)}`.trim(),
    ),
    perMillion(outcome.serious),
    perMillion(outcome.any),
    number(outcome.medianRequests),
  ];
}

/** In points, nothing where nothing changed. */
function difference(now: number, before: number): string {
  const points = 100 * (now - before);
  return Math.abs(points) < 0.05 ? '' : `(${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)})`;
}

/** Each guard and kind of evidence off in turn: the first row has all of them. */
export function ablationTable(scores: ReadonlyMap<string, readonly RunScore[]>): string {
  const [all, ...others] = [...scores];
  const plain = outcomeOf(all![1]);
  const rows = others.map(([name, list]) => {
    const guard = name.replace('without ', '');
    const outcome = outcomeOf(list);
    return {
      worth: outcome.any - plain.any + changed(all![1], list).lost.length - changed(all![1], list).gained.length,
      cells: [
        `\`${guard}\`: ${GUARDS[guard as GuardName]}`,
        ...cells(outcome, plain),
        `${signed(outcome.serious - plain.serious)} / ${signed(outcome.any - plain.any)}`,
        changes(all![1], list),
      ],
    };
  });
  return [
    'Each row leaves one thing out; recall in points against the first row, false alerts (medium and above / any) as',
    'counts. What changes neither buys nothing on this traffic.',
    '',
    table(
      ['left out', ...HEAD, 'false alerts more', 'campaigns lost and found besides, by type'],
      [
        ['nothing', ...cells(plain, plain), '', ''],
        ...rows.toSorted((left, right) => right.worth - left.worth).map((row) => row.cells),
      ],
    ),
  ].join('\n');
}

/** Every robustness arm beside the plain condition. */
export function armTable(scores: ReadonlyMap<string, readonly RunScore[]>): string {
  const plain = outcomeOf(scores.get('plain') ?? [...scores.values()][0]!);
  const rows = [...scores].map(([name, list]) => [
    `${name}: ${ARMS.find((arm) => arm.name === name)!.description}`,
    ...cells(outcomeOf(list), plain),
    changes(scores.get('plain') ?? [], list),
  ]);
  return table(['arm', ...HEAD, 'campaigns lost and found besides, by type'], rows);
}

/** Campaigns that are found in one condition and not in the other; their ids are the same, because the world is. */
function changed(
  before: readonly RunScore[],
  after: readonly RunScore[],
): { lost: CampaignScore[]; gained: CampaignScore[] } {
  const key = (campaign: CampaignScore): string => `${campaign.run} ${campaign.type} ${campaign.strength}`;
  const foundIn = (scores: readonly RunScore[]): Map<string, CampaignScore> =>
    new Map(
      scores
        .flatMap((score) => score.campaigns)
        .filter((campaign) => campaign.isVisible && campaign.found)
        .map((campaign) => [key(campaign), campaign]),
    );
  const [was, is] = [foundIn(before), foundIn(after)];
  return {
    lost: [...was].filter(([name]) => !is.has(name)).map(([, campaign]) => campaign),
    gained: [...is].filter(([name]) => !was.has(name)).map(([, campaign]) => campaign),
  };
}

function changes(before: readonly RunScore[], after: readonly RunScore[]): string {
  const { lost, gained } = changed(before, after);
  return [count('−', lost), count('+', gained)].filter((part) => part !== '').join('; ');
}

function count(sign: string, campaigns: readonly CampaignScore[]): string {
  const times = new Map<string, number>();
  for (const { type, strength } of campaigns) {
    const name = `${type} ${strength}`;
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return [...times].map(([name, n]) => `${sign}${n} ${name}`).join(', ');
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : value < 0 ? `−${-value}` : '0';
}
