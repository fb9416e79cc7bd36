import { LOOKALIKES } from '../lookalikes/catalogue.js';
import type { FalseAlert, RunScore } from '../run.js';
import { poissonUpperBound } from '../score/poisson.js';
import { isSerious, number, table } from './format.js';

export function falseAlertTable(scores: readonly RunScore[]): string {
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

export function noiseLine(scores: readonly RunScore[]): string {
  const counts = new Map<string, number>();
  for (const score of scores)
    for (const [severity, count] of Object.entries(score.noiseAlerts))
      counts.set(severity, (counts.get(severity) ?? 0) + count);
  const list = [...counts].map(([severity, count]) => `${count} ${severity}`).join(', ');
  return `**Alerts about background scanners** (true, but only \`low\` is right): ${list === '' ? 'none' : list}.`;
}

export function causeTable(alerts: readonly FalseAlert[], scores: readonly RunScore[]): string {
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

/** Every look-alike with how often it happened and what it tripped; ten times each is what a proof needs. */
export function lookalikeTable(scores: readonly RunScore[]): string {
  const rounds = new Map<string, number>();
  for (const score of scores) {
    for (const [label, count] of Object.entries(score.lookalikeRounds)) {
      rounds.set(label, (rounds.get(label) ?? 0) + count);
    }
  }
  const alerts = scores.flatMap((score) => score.falseAlerts).filter((alert) => !alert.isMistyped);
  const causes = [...new Set([...alerts.map((alert) => alert.cause), ...rounds.keys()])];
  const named = (cause: string): string => LOOKALIKES.find((one) => one.id === cause)?.name ?? '';
  const rows = causes
    .toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true }))
    .map((cause) => {
      const mine = alerts.filter((alert) => alert.cause === cause);
      const types = [...new Set(mine.map((alert) => alert.type))].join(', ');
      return [
        `${cause}${named(cause) === '' ? '' : `: ${named(cause)}`}`,
        String(rounds.get(cause) ?? ''),
        String(mine.filter(isSerious).length),
        String(mine.filter((alert) => !isSerious(alert)).length),
        types,
      ];
    });
  return [
    '**Look-alikes** and what they tripped (rows without a count are combinations, and ordinary traffic)',
    '',
    table(['look-alike', 'times', 'false ≥ medium', 'low', 'as'], rows),
  ].join('\n');
}
