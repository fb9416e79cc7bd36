import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import { FORMS } from '../adapters/form.js';
import { STRENGTHS, type Strength } from '../core/campaign.js';
import type { FalseAlert, RunScore } from '../run.js';
import type { CampaignScore } from '../score/campaign-score.js';
import { poissonUpperBound, quantile, wilsonInterval } from '../score/poisson.js';

/** Recall over the campaigns that leave traces in their form. */
export function recallOf(campaigns: readonly CampaignScore[]): { found: number; trials: number } {
  const visible = campaigns.filter((campaign) => campaign.isVisible);
  return { found: visible.filter((campaign) => campaign.found).length, trials: visible.length };
}

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

function recallTable(campaigns: readonly CampaignScore[]): string {
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

function delayTable(campaigns: readonly CampaignScore[]): string {
  const row = (name: string, chosen: readonly CampaignScore[]): string => {
    const found = chosen.filter((campaign) => campaign.found);
    const requests = found.map((campaign) => campaign.requestsToDetect);
    const seconds = found.map((campaign) => campaign.secondsToDetect);
    const alerts = found.map((campaign) => campaign.alertsByType[campaign.foundAs!] ?? 0);
    return `| ${name} | ${number(quantile(requests, 0.5))} | ${number(quantile(requests, 0.95))} | ${duration(quantile(seconds, 0.5))} | ${duration(quantile(seconds, 0.95))} | ${mean(found.map((c) => c.accountsBefore))} | ${mean(found.map((c) => c.objectsBefore))} | ${mean(found.map((c) => c.bytesBefore / 1e6))} | ${mean(alerts)} |`;
  };
  const rows = STRENGTHS.map((strength) => row(`all ${strength}`, of(campaigns, strength)));
  for (const type of typesIn(campaigns)) {
    for (const strength of STRENGTHS) {
      const chosen = of(campaigns, strength).filter((campaign) => campaign.type === type);
      if (chosen.some((campaign) => campaign.found)) rows.push(row(`${type} ${strength}`, chosen));
    }
  }
  return [
    '**Time to detect and damage before it** (found campaigns)',
    '',
    '| campaigns | requests median | p95 | time median | p95 | accounts | objects | MB | alerts a campaign and type |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
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

function participantTable(campaigns: readonly CampaignScore[]): string {
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

function falseAlertTable(scores: readonly RunScore[]): string {
  const groups = new Map<string, RunScore[]>();
  for (const score of scores)
    for (const key of ['all', `${score.service} ${score.form}`]) groups.set(key, [...(groups.get(key) ?? []), score]);
  const rows = [...groups].map(([name, group]) => {
    const benign = group.reduce((sum, score) => sum + score.benignRequests, 0);
    const alerts = group.flatMap((score) => score.falseAlerts);
    const about = alerts.filter((alert) => !alert.isMistyped);
    const serious = about.filter(isSerious);
    const bound = (count: number) => number((poissonUpperBound(count) * 1e6) / benign);
    return `| ${name} | ${(benign / 1e6).toFixed(2)} M | ${serious.length} | ${number((serious.length * 1e6) / benign)} | ${bound(serious.length)} | ${about.length} | ${number((about.length * 1e6) / benign)} | ${bound(about.length)} | ${about.filter((alert) => alert.isWithdrawn).length} | ${alerts.length - about.length} |`;
  });
  return [
    '**False alerts** (severity at its highest; withdrawn ones count)',
    '',
    '| runs | benign requests | medium and above | per million | 95 % bound | any | per million | 95 % bound | of them withdrawn | about attackers, wrong type |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function noiseLine(scores: readonly RunScore[]): string {
  const counts = new Map<string, number>();
  for (const score of scores)
    for (const [severity, count] of Object.entries(score.noiseAlerts))
      counts.set(severity, (counts.get(severity) ?? 0) + count);
  const list = [...counts].map(([severity, count]) => `${count} ${severity}`).join(', ');
  return `**Alerts about background scanners** (true, but only \`low\` is right): ${list === '' ? 'none' : list}.`;
}

function causeTable(alerts: readonly FalseAlert[], scores: readonly RunScore[]): string {
  const counts = new Map<string, { serious: number; low: number; example: string }>();
  for (const alert of alerts) {
    const key = `${alert.isMistyped ? 'wrong type: ' : ''}${alert.type} | ${alert.cause} | ${alert.run.split('/')[0]}`;
    const entry = counts.get(key) ?? { serious: 0, low: 0, example: alert.summary };
    if (isSerious(alert)) entry.serious++;
    else entry.low++;
    counts.set(key, entry);
  }
  const rows = [...counts]
    .sort((a, b) => b[1].serious - a[1].serious || b[1].low - a[1].low)
    .map(
      ([key, entry]) =>
        `| ${key} | ${entry.serious} | ${entry.low} | ${entry.example.replaceAll('|', '/').slice(0, 160)} |`,
    );
  const rounds = new Map<string, number>();
  for (const score of scores)
    for (const [label, count] of Object.entries(score.lookalikeRounds))
      rounds.set(label, (rounds.get(label) ?? 0) + count);
  const simulated = `Look-alikes simulated: ${[...rounds].map(([label, count]) => `${label} ×${count}`).join(', ')}.`;
  if (rows.length === 0) return `**What tripped what**: nothing did. ${simulated}`;
  return [
    '**What tripped what**',
    '',
    '| alert | tripped by | service | medium and above | low | example |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    simulated,
  ].join('\n');
}

function isSerious(alert: Pick<FalseAlert, 'severity'>): boolean {
  return alert.severity !== 'low';
}

function of(campaigns: readonly CampaignScore[], strength: Strength): CampaignScore[] {
  return campaigns.filter((campaign) => campaign.strength === strength);
}

function typesIn(campaigns: readonly CampaignScore[]): AlertType[] {
  return ALERT_TYPES.filter((type) => campaigns.some((campaign) => campaign.type === type));
}

function mean(values: readonly number[]): string {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? '–' : number(known.reduce((sum, value) => sum + value, 0) / known.length);
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : '–';
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}
