import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_TYPES, SEVERITIES, type Severity } from '@vedette/protocol';
import { STRENGTHS } from '../core/campaign.js';
import type { RunScore } from '../run.js';
import { quantile } from '../score/poisson.js';
import { recallOf } from './format.js';
import { gridOfLines, lineChart } from './svg.js';

/**
 * Writes `detection-recall.svg` (recall against strength, one small chart a type), `detection-delay.svg` (requests until
 * the alert) and `detection-false-alarms.svg` (against the severity from which one is paged).
 */
export function drawCurves(directory: string, all: ReadonlyMap<string, readonly RunScore[]>): void {
  mkdirSync(directory, { recursive: true });
  // Of several forms the first: what another form does not show is no fault of the curve.
  const { form } = [...all.values()][0]![0]!;
  const scores = new Map([...all].map(([name, list]) => [name, list.filter((score) => score.form === form)]));
  const examinees = [...scores.keys()];
  const types = ALERT_TYPES.filter((type) =>
    [...scores.values()][0]!.some((score) => score.campaigns.some((campaign) => campaign.type === type)),
  );
  const recall = types.map((type) => ({
    title: type.replaceAll('_', ' '),
    series: examinees.map((name) => ({
      name,
      points: STRENGTHS.map((strength, i) => {
        const { found, trials } = recallOf(
          scores
            .get(name)!
            .flatMap((score) => score.campaigns)
            .filter((campaign) => campaign.type === type && campaign.strength === strength),
        );
        return { x: i, y: trials === 0 ? null : found / trials };
      }),
    })),
  }));
  writeFileSync(
    join(directory, 'detection-recall.svg'),
    gridOfLines(recall, { xLabels: [...STRENGTHS], yLabel: 'recall' }),
  );
  const campaigns = [...scores.values()][0]!.flatMap((score) => score.campaigns);
  const series = STRENGTHS.map((strength) => {
    const delays = campaigns
      .filter((campaign) => campaign.strength === strength && campaign.isVisible)
      .map((campaign) => (campaign.found ? campaign.requestsToDetect : Number.POSITIVE_INFINITY));
    const shares = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
    return { name: strength, points: shares.map((share) => ({ x: share, y: finiteOrNull(quantile(delays, share)) })) };
  });
  writeFileSync(
    join(directory, 'detection-delay.svg'),
    lineChart({
      title: 'Hostile requests until the alert, by share of all campaigns',
      series,
      xLabel: 'share of campaigns found by then',
      yLabel: 'hostile requests',
      yScale: 'log',
    }),
  );
  writeFileSync(join(directory, 'detection-false-alarms.svg'), falseAlarmChart(scores));
}

function falseAlarmChart(scores: ReadonlyMap<string, readonly RunScore[]>): string {
  const series = [...scores].map(([name, list]) => {
    const benign = list.reduce((sum, score) => sum + score.benignRequests, 0);
    const alerts = list.flatMap((score) => score.falseAlerts).filter((alert) => !alert.isMistyped);
    const points = SEVERITIES.map((severity, i) => {
      const count = alerts.filter((alert) => SEVERITIES.indexOf(alert.severity as Severity) >= i).length;
      return { x: i / (SEVERITIES.length - 1), y: count === 0 ? null : (count * 1e6) / benign, severity };
    });
    return { name, points };
  });
  return lineChart({
    title: 'False alerts per million benign requests, by severity',
    series,
    xNames: SEVERITIES.map((severity) => `${severity} and above`),
    xLabel: 'severity as it was at its highest (no point: none at all)',
    yLabel: 'false alerts per million',
    yScale: 'log',
  });
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? Math.max(1, value) : null;
}
