import { STRENGTHS } from '../core/campaign.js';
import type { CampaignScore } from '../score/campaign-score.js';
import { quantile } from '../score/poisson.js';
import { duration, mean, number, of, table, typesIn } from './format.js';

/**
 * How long it took and what was lost by then. A campaign that was missed counts as one that takes for ever (censored at
 * its end): a median over the found ones alone would improve with every slow campaign that is missed.
 */
export function delayTable(campaigns: readonly CampaignScore[]): string {
  const row = (name: string, all: readonly CampaignScore[]): string[] => {
    const visible = all.filter((campaign) => campaign.isVisible);
    const found = visible.filter((campaign) => campaign.found);
    const requests = visible.map((campaign) => (campaign.found ? campaign.requestsToDetect : Number.POSITIVE_INFINITY));
    const seconds = visible.map((campaign) => (campaign.found ? campaign.secondsToDetect : Number.POSITIVE_INFINITY));
    return [
      name,
      number(quantile(requests, 0.5)),
      number(quantile(requests, 0.95)),
      duration(quantile(seconds, 0.5)),
      duration(quantile(seconds, 0.95)),
      mean(found.map((campaign) => campaign.accountsBefore)),
      mean(found.map((campaign) => campaign.objectsBefore)),
      mean(found.map((campaign) => campaign.bytesBefore / 1e6)),
      mean(found.map((campaign) => campaign.alertsByType[campaign.foundAs!] ?? 0)),
    ];
  };
  const rows = [row('all', campaigns), ...STRENGTHS.map((strength) => row(`all ${strength}`, of(campaigns, strength)))];
  for (const type of typesIn(campaigns)) {
    for (const strength of STRENGTHS) {
      const chosen = of(campaigns, strength).filter((campaign) => campaign.type === type);
      if (chosen.some((campaign) => campaign.isVisible)) rows.push(row(`${type} ${strength}`, chosen));
    }
  }
  return [
    '**Time to detect** (missed campaigns count as never found) **and damage before it** (found ones)',
    '',
    table(
      [
        'campaigns',
        'requests median',
        'p95',
        'time median',
        'p95',
        'accounts',
        'objects',
        'MB',
        'alerts a campaign and type',
      ],
      rows,
    ),
  ].join('\n');
}
