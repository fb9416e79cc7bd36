import { FORMS } from '../adapters/form.js';
import { STRENGTHS } from '../core/campaign.js';
import type { RunScore } from '../run.js';
import type { CampaignScore } from '../score/campaign-score.js';
import { poissonUpperBound, quantile, wilsonInterval } from '../score/poisson.js';
import { falseAlertTable, lookalikeTable } from './false-alerts.js';
import { isSerious, mean, number, of, percent, recallOf, table } from './format.js';
import { participantTable, recallTable } from './summary.js';

/** What belongs into docs/DETECTION.md: all examinees beside each other, then the first of them in detail. */
export function documentTables(scores: ReadonlyMap<string, readonly RunScore[]>): string {
  const own = [...scores.values()][0]!;
  const campaigns = own.flatMap((score) => score.campaigns);
  // In full detail only for the first form: in the others half of what is asked about is not there.
  const detailed = campaigns.filter((campaign) => campaign.form === own[0]!.form);
  return [
    comparison(scores),
    ...(campaigns.length === 0 ? [] : [recallTable(campaigns), strengths(detailed), participantTable(detailed)]),
    falseAlertTable(own),
    lookalikeTable(own),
  ].join('\n\n');
}

/** Vedette beside the field's fixed thresholds, form by form. */
function comparison(scores: ReadonlyMap<string, readonly RunScore[]>): string {
  const rows = [...scores].flatMap(([name, list]) =>
    FORMS.filter((form) => list.some((score) => score.form === form)).map((form) => {
      const mine = list.filter((score) => score.form === form);
      const campaigns = mine.flatMap((score) => score.campaigns);
      const benign = mine.reduce((sum, score) => sum + score.benignRequests, 0);
      const wrong = mine.flatMap((score) => score.falseAlerts).filter((alert) => !alert.isMistyped);
      const serious = wrong.filter(isSerious).length;
      const perMillion = (count: number): string => number((count * 1e6) / benign);
      return [
        `${name}, ${form}`,
        ...STRENGTHS.map((strength) => {
          const { found, trials } = recallOf(of(campaigns, strength));
          return trials === 0 ? '–' : `${percent(found / trials)} (${found}/${trials})`;
        }),
        `${perMillion(serious)} (≤ ${perMillion(poissonUpperBound(serious))})`,
        perMillion(wrong.length),
        number(quantile(requestsOf(of(campaigns, 'easy')), 0.5)),
        number(quantile(requestsOf(campaigns), 0.5)),
      ];
    }),
  );
  return table(
    [
      '',
      ...STRENGTHS,
      'false ≥ medium per million (95 % bound)',
      'any per million',
      'median requests to detect, easy',
      'all',
    ],
    rows,
  );
}

function strengths(campaigns: readonly CampaignScore[]): string {
  const rows = STRENGTHS.map((strength) => {
    const chosen = of(campaigns, strength).filter((campaign) => campaign.isVisible);
    const found = chosen.filter((campaign) => campaign.found);
    const [low, high] = wilsonInterval(found.length, chosen.length);
    const requests = requestsOf(chosen);
    return [
      strength,
      `${found.length}/${chosen.length}`,
      `${percent(low)}–${percent(high)}`,
      number(quantile(requests, 0.5)),
      number(quantile(requests, 0.9)),
      mean(found.map((campaign) => campaign.accountsBefore)),
      mean(found.map((campaign) => campaign.objectsBefore)),
      mean(found.map((campaign) => campaign.bytesBefore / 1e6)),
      mean(found.map((campaign) => campaign.alertsByType[campaign.foundAs!] ?? 0)),
    ];
  });
  return [
    '**Time to detect** (missed campaigns count as never) **and damage before it** (means over found ones)',
    '',
    table(
      [
        'strength',
        'found',
        '95 % interval',
        'requests median',
        'nine in ten',
        'accounts',
        'objects',
        'MB',
        'alerts a campaign and type',
      ],
      rows,
    ),
  ].join('\n');
}

function requestsOf(campaigns: readonly CampaignScore[]): number[] {
  return campaigns
    .filter((campaign) => campaign.isVisible)
    .map((campaign) => (campaign.found ? campaign.requestsToDetect : Number.POSITIVE_INFINITY));
}
