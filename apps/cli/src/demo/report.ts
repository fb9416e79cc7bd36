import { type Alert, severityOf } from '@vedette/protocol';
import type { AttackWatch, Verdict } from './attack-watch.js';
import type { DriverCounts } from './live-driver.js';

const NUMBER = new Intl.NumberFormat('en');

/** Everything that the last lines say. */
export interface Summary {
  readonly watch: AttackWatch;
  readonly counts: DriverCounts;
  /** Live spans in storage, without the imported past. */
  readonly spansStored: number;
  /** From an alert's newest request to the moment the alert was known, ms; one for each alert raised. */
  readonly latenciesMs: readonly number[];
}

export function count(value: number): string {
  return NUMBER.format(value);
}

/** `+00:07`, minutes and seconds since `startMs`. */
export function clock(startMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - startMs) / 1000));
  return `+${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** An alert as it is raised: type, score, what it is about, and its sentence. */
export function alertLines(alert: Alert, verdict: Verdict): string[] {
  const about = {
    detected: () => (verdict.kind === 'detected' ? `, ${seconds(verdict.delayMs)} after the attack began` : ''),
    related: () => ', same attacker',
    unexplained: () => ', no attack of the demo explains it',
  }[verdict.kind]();
  return [
    `ALERT   ${alert.type}  score ${Math.round(alert.score)} (${severityOf(alert.score)})${about}`,
    `        ${alert.summary}`,
  ];
}

/** The end of a run: each alert in its final state, what was missed, and the numbers. */
export function summaryLines({ watch, counts, spansStored, latenciesMs }: Summary): string[] {
  const lines = ['', 'Alerts raised:'];
  for (const { alert, verdict } of watch.alerts()) {
    const note = verdict.kind === 'unexplained' ? '  [matches no attack: a false alarm]' : '';
    lines.push(`  ${alert.type}  score ${Math.round(alert.score)}  ${alert.summary}${note}`);
  }
  if (watch.alerts().length === 0) lines.push('  none');
  for (const attack of watch.unseen()) lines.push(`UNSEEN  ${attack.type}: ${attack.story}`);
  lines.push(
    '',
    `Requests sent ${count(counts.answered)}, spans stored ${count(spansStored)}${lossNote(counts, spansStored)}`,
  );
  if (counts.failed > 0) lines.push(`Requests without an answer: ${count(counts.failed)}`);
  const delays = watch.delaysMs();
  if (delays.length > 0) {
    lines.push(
      `Attack begin to alert: median ${seconds(quantile(delays, 0.5))}, longest ${seconds(Math.max(...delays))}`,
    );
  }
  if (latenciesMs.length > 0) {
    const [p50, p99] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
    lines.push(
      `Newest request to alert: p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms (${latenciesMs.length} alert changes)`,
    );
  }
  return lines;
}

function lossNote(counts: DriverCounts, spansStored: number): string {
  const lost = counts.answered - spansStored;
  return lost === 0 ? '' : ` (difference ${lost})`;
}

/** Nearest-rank quantile of a non-empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}
