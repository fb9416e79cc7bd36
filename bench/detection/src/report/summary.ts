import type { AlertType } from '@vedette/protocol';
import { FORMS } from '../adapters/form.js';
import { STRENGTHS } from '../core/campaign.js';
import type { RunScore } from '../run.js';
import type { CampaignScore } from '../score/campaign-score.js';
import { wilsonInterval } from '../score/poisson.js';
import { delayTable } from './delays.js';
import { causeTable, falseAlertTable, noiseLine } from './false-alerts.js';
import { mean, of, percent, recallOf, typesIn } from './format.js';

/** The whole report of one examinee, as Markdown. */
export function summarise(scores: readonly RunScore[]): string {
  const campaigns = scores.flatMap((score) => score.campaigns);
  const parts: string[] = [];
  parts.push(falseAlertTable(scores));
  if (campaigns.length > 0) {
    parts.push(
      recallTable(campaigns),
      headline(campaigns),
      delayTable(campaigns),
      serviceTable(campaigns),
      participantTable(campaigns),
      confusionTable(campaigns),
    );
  }
  parts.push(
    noiseLine(scores),
    causeTable(
      scores.flatMap((score) => score.falseAlerts),
      scores,
    ),
  );
  return parts.join('\n\n');
}

function headline(campaigns: readonly CampaignScore[]): string {
  const lines = STRENGTHS.map((strength) => {
    const { found, trials } = recallOf(campaigns.filter((campaign) => campaign.strength === strength));
    const [low, high] = wilsonInterval(found, trials);
    return `| ${strength} | ${found}/${trials} | ${percent(found / trials)} | ${percent(low)}–${percent(high)} |`;
  });
  return [
    '**Recall by strength**',
    '',
    '| strength | found | recall | 95 % interval |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Found and visible campaigns by type, strength and form. */
export function recallTable(campaigns: readonly CampaignScore[]): string {
  const rows = typesIn(campaigns).map((type) => {
    const cells = STRENGTHS.flatMap((strength) =>
      FORMS.filter((form) => campaigns.some((campaign) => campaign.form === form)).map((form) => {
        const { found, trials } = recallOf(
          campaigns.filter(
            (campaign) => campaign.type === type && campaign.strength === strength && campaign.form === form,
          ),
        );
        return trials === 0 ? '–' : `${found}/${trials}`;
      }),
    );
    return `| ${type} | ${cells.join(' | ')} |`;
  });
  const forms = FORMS.filter((form) => campaigns.some((campaign) => campaign.form === form));
  const heads = STRENGTHS.flatMap((strength) =>
    forms.map((form) => (forms.length === 1 ? strength : `${strength} ${form}`)),
  );
  return [
    '**Recall by type** (found/visible campaigns)',
    '',
    `| type | ${heads.join(' | ')} |`,
    `| --- |${' --- |'.repeat(heads.length)}`,
    ...rows,
  ].join('\n');
}

function serviceTable(campaigns: readonly CampaignScore[]): string {
  const services = [...new Set(campaigns.map((campaign) => `${campaign.service} ${campaign.form}`))];
  const rows = services.map((service) => {
    const mine = campaigns.filter((campaign) => `${campaign.service} ${campaign.form}` === service);
    const cells = STRENGTHS.map((strength) => {
      const { found, trials } = recallOf(of(mine, strength));
      return trials === 0 ? '–' : `${found}/${trials} (${percent(found / trials)})`;
    });
    return `| ${service} | ${cells.join(' | ')} |`;
  });
  return [
    '**Recall by service and form**',
    '',
    '| service, form | easy | medium | hard |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Whether alerts name those who took part, and only those. */
export function participantTable(campaigns: readonly CampaignScore[]): string {
  const rows = typesIn(campaigns).flatMap((type) => {
    const found = campaigns.filter((campaign) => campaign.type === type && campaign.found);
    if (found.length === 0) return [];
    const compromised = found.reduce((sum, campaign) => sum + campaign.compromised, 0);
    const named = found.reduce((sum, campaign) => sum + campaign.compromisedNamed, 0);
    return [
      `| ${type} | ${mean(found.map((c) => c.sourcePrecision))} | ${mean(found.map((c) => c.sourceRecall))} | ${mean(found.map((c) => c.actorPrecision))} | ${mean(found.map((c) => c.actorRecall))} | ${compromised === 0 ? '–' : `${named}/${compromised}`} |`,
    ];
  });
  return [
    '**Participants** (means over found campaigns)',
    '',
    '| type | source precision | recall | actor precision | recall | compromised accounts named |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function confusionTable(campaigns: readonly CampaignScore[]): string {
  const rows: string[] = [];
  for (const type of typesIn(campaigns)) {
    const counts = new Map<AlertType, number>();
    for (const campaign of campaigns) {
      if (campaign.type === type && campaign.foundAs !== null && campaign.foundAs !== type)
        counts.set(campaign.foundAs, (counts.get(campaign.foundAs) ?? 0) + 1);
    }
    for (const [other, count] of counts) rows.push(`| ${type} | ${other} | ${count} |`);
  }
  return rows.length === 0
    ? '**Type confusion**: none'
    : [
        '**Type confusion** (found first under another type)',
        '',
        '| campaign | alert | times |',
        '| --- | --- | --- |',
        ...rows,
      ].join('\n');
}

/** One line for each visible campaign that was missed. */
export function missedList(scores: readonly RunScore[]): string {
  return scores
    .flatMap((score) => score.campaigns)
    .filter((campaign) => campaign.isVisible && !campaign.found)
    .map(
      (campaign) =>
        `- missed: ${campaign.run} ${campaign.id} ${campaign.type} ${campaign.strength}: ${campaign.description} (${campaign.requests} requests)`,
    )
    .join('\n');
}
