import { type Alert, type AlertEvent, severityOf } from '@vedette/protocol';
import { AttackWatch, type Verdict } from './attack-watch.js';
import type { Attack } from './attacks.js';
import type { DriverCounts } from './live-driver.js';

const NUMBER = new Intl.NumberFormat('en');

/** Tells a person at a terminal what happens, and sums up at the end. */
export class Reporter {
  readonly watch = new AttackWatch();
  readonly #print: (line: string) => void;
  /** The clock's zero, Unix ms. */
  #startMs: number;
  /** For each live alert raised or escalated: from its newest request to the moment it was known, ms. */
  readonly #latenciesMs: number[] = [];

  constructor(print: (line: string) => void, startMs: number) {
    this.#print = print;
    this.#startMs = startMs;
  }

  /** The live traffic begins: the clock starts again. */
  started(nowMs: number): void {
    this.#startMs = nowMs;
    this.#say(nowMs, ['customers come in']);
  }

  attack(attack: Attack, nowMs: number): void {
    this.watch.began(attack);
    this.#say(nowMs, [`ATTACK  ${attack.type}: ${attack.story}`]);
  }

  alert(event: AlertEvent, nowMs: number): void {
    const newestMs = Date.parse(event.alert.lastSeen);
    const isNews = event.change === 'raised' || event.change === 'escalated';
    if (isNews && newestMs >= this.#startMs) this.#latenciesMs.push(nowMs - newestMs);
    const verdict = this.watch.observe(event, nowMs);
    if (verdict !== undefined) this.#say(nowMs, alertLines(event.alert, verdict));
    else if (event.change === 'escalated') this.#say(nowMs, escalationLines(event.alert));
  }

  /** `spansStored` counts live spans, without the imported past. */
  summary(counts: DriverCounts, spansStored: number): void {
    for (const line of [...alertList(this.watch), '', ...this.#numbers(counts, spansStored)]) this.#print(line);
  }

  #numbers(counts: DriverCounts, spansStored: number): string[] {
    const lost = counts.answered - spansStored;
    const difference = lost === 0 ? '' : ` (difference ${count(lost)})`;
    const lines = [`Requests sent ${count(counts.answered)}, spans stored ${count(spansStored)}${difference}`];
    if (counts.failed > 0) lines.push(`Requests without an answer: ${count(counts.failed)}`);
    const delays = this.watch.delaysMs();
    if (delays.length > 0) {
      const [median, longest] = [quantile(delays, 0.5), Math.max(...delays)];
      lines.push(`From an attack's first request to its alert: median ${seconds(median)}, longest ${seconds(longest)}`);
    }
    const latencies = this.#latenciesMs;
    if (latencies.length > 0) {
      const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
      const measured = `p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms (${latencies.length} measured)`;
      lines.push(`From the request that completes the evidence to the alert: ${measured}`);
    }
    return lines;
  }

  #say(nowMs: number, lines: readonly string[]): void {
    lines.forEach((line, i) => {
      this.#print(`${i === 0 ? clock(this.#startMs, nowMs) : '      '}  ${line}`);
    });
  }
}

/** An alert as it is raised: type, score, what it is about, and its sentence. */
function alertLines(alert: Alert, verdict: Verdict): string[] {
  const head = `ALERT   ${alert.type}  score ${Math.round(alert.score)} (${severityOf(alert.score)})`;
  switch (verdict.kind) {
    case 'detected':
      return [`${head}, ${seconds(verdict.delayMs)} after the attack began`, `        ${alert.summary}`];
    case 'related':
      return [`${head}, about the same attacker`, `        ${alert.summary}`];
    case 'unexplained':
      return [`${head}, which no attack explains`, `        ${alert.summary}`];
  }
}

/** An alert that reached a higher severity band or many times its size. */
function escalationLines(alert: Alert): string[] {
  return [
    `WORSE   ${alert.type}  score ${Math.round(alert.score)} (${severityOf(alert.score)})`,
    `        ${alert.summary}`,
  ];
}

/** Each alert in its final state, and what was missed. */
function alertList(watch: AttackWatch): string[] {
  const lines = ['', watch.alerts().length === 0 ? 'No alert was raised.' : 'Alerts raised:'];
  for (const { alert, verdict } of watch.alerts()) {
    const note = verdict.kind === 'unexplained' ? '  [no attack explains it: a false alarm]' : '';
    lines.push(`  ${alert.type}  score ${Math.round(alert.score)}  ${alert.summary}${note}`);
  }
  for (const attack of watch.unseen()) lines.push(`UNSEEN  ${attack.type}: ${attack.story}`);
  return lines;
}

export function count(value: number): string {
  return NUMBER.format(value);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `+00:07`, minutes and seconds since `startMs`. */
function clock(startMs: number, nowMs: number): string {
  const passed = Math.max(0, Math.floor((nowMs - startMs) / 1000));
  return `+${String(Math.floor(passed / 60)).padStart(2, '0')}:${String(passed % 60).padStart(2, '0')}`;
}

/** Nearest-rank quantile of a non-empty list. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}
