import { type Alert, SEVERITIES, type Severity } from '@vedette/protocol';
import { printable } from './printable.js';
import type { Replay } from './run-replay.js';

export interface SummaryStyle {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** Wall-clock time that the replay took, ms. */
  readonly tookMs: number;
}

/** Alerts listed in the table; the rest is counted. `--alerts` has them all. */
const MAX_ROWS = 100;

const COLOURS: Readonly<Record<Severity, string>> = {
  critical: '\u001b[1;31m',
  high: '\u001b[31m',
  medium: '\u001b[33m',
  low: '\u001b[2m',
};

/** What a person wants to know after a replay: alerts, the worst first, and how much of the input was read. */
export function summaryText(replay: Replay, style: SummaryStyle): string {
  const standing = replay.alerts.filter((alert) => alert.status !== 'withdrawn');
  const withdrawn = replay.alerts.length - standing.length;
  const lines: string[] = [];
  if (standing.length > 0) lines.push(...table(standing, style), '');
  lines.push(`${alertCount(standing)}${withdrawn > 0 ? `; ${withdrawn} more withdrawn as harmless` : ''}.`);
  lines.push(readLine(replay, style.tookMs));
  const { report } = replay;
  if (report.ignoredSpans > 0) lines.push(`${number(report.ignoredSpans)} spans are not HTTP server spans.`);
  for (const { reason, count } of report.rejected()) lines.push(`${number(count)} spans not used: ${reason}.`);
  for (const message of report.brokenFiles) lines.push(printable(`${message}.`));
  if (report.unreadLines > 0) {
    lines.push(`${number(report.unreadLines)} of ${number(report.lines)} lines could not be read:`);
    for (const { reason, count, examples } of report.unread()) {
      lines.push(`  ${number(count).padStart(9)}  ${reason}`);
      for (const example of examples) {
        const detail = example.reason === reason ? '' : ` (${example.reason.slice(reason.length + 2)})`;
        const text = printable(`${example.file}:${example.line}${detail}: ${example.text}`);
        lines.push(`             ${cut(text, Math.max(40, style.width - 13))}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The same for programs: one JSON object. */
export function summaryJson(replay: Replay, tookMs: number): string {
  const { report, alerts } = replay;
  return `${JSON.stringify({
    events: report.events,
    lines: report.lines,
    firstEvent: time(replay.firstMs),
    lastEvent: time(replay.lastMs),
    tookMs: Math.round(tookMs),
    eventsPerSecond: Math.round(report.events / Math.max(tookMs / 1000, 0.001)),
    ignoredSpans: report.ignoredSpans,
    rejectedSpans: report.rejected(),
    unreadLines: report.unreadLines,
    unread: report.unread(),
    brokenFiles: report.brokenFiles,
    alerts,
  })}\n`;
}

function table(alerts: readonly Alert[], style: SummaryStyle): string[] {
  const worst = [...alerts].sort((a, b) => b.score - a.score).slice(0, MAX_ROWS);
  const head = ['SEVERITY', 'SCORE', 'SERVICE', 'FIRST SEEN (UTC)', 'REQUESTS', 'WHAT'];
  const rows = worst.map((alert) => [
    alert.severity,
    String(Math.round(alert.score)),
    cut(printable(alert.service), 20),
    alert.firstSeen.slice(0, 19).replace('T', ' '),
    number(alert.requests),
    printable(alert.title),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const used = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(24, style.width - used);
  const format = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        if (column === row.length - 1) return cut(cell, last);
        return RIGHT.has(head[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      })
      .join('  ');
  const lines = rows.flatMap((row, i) => {
    const { severity, summary } = worst[i]!;
    const text = format(row);
    const first = style.colour ? `${COLOURS[severity]}${text}\u001b[0m` : text;
    if (severity === 'low') return [first];
    return [first, ...wrap(printable(summary), style.width - INDENT).map((line) => ' '.repeat(INDENT) + line)];
  });
  if (alerts.length > MAX_ROWS) lines.push(`… and ${number(alerts.length - MAX_ROWS)} more`);
  return [format(head), ...lines];
}

/** Columns of numbers. */
const RIGHT = new Set(['SCORE', 'REQUESTS']);
/** Of the sentence below an alert, which those of low severity do without. */
const INDENT = 4;

/** Lines of at most so many characters, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one) => cut(one, Math.max(20, width)));
}

function alertCount(alerts: readonly Alert[]): string {
  if (alerts.length === 0) return 'No alerts';
  const bands = [...SEVERITIES]
    .reverse()
    .map((severity) => ({ severity, count: alerts.filter((alert) => alert.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`);
  return `${number(alerts.length)} ${alerts.length === 1 ? 'alert' : 'alerts'} (${bands.join(', ')})`;
}

function readLine(replay: Replay, tookMs: number): string {
  const { report, firstMs, lastMs } = replay;
  if (firstMs === null || lastMs === null) return `No request was found in ${number(report.lines)} lines.`;
  const rate = report.events / Math.max(tookMs / 1000, 0.001);
  return (
    `${number(report.events)} requests from ${time(firstMs)} to ${time(lastMs)}, ` +
    `read in ${(tookMs / 1000).toFixed(1)} s (${number(Math.round(rate))}/s).`
  );
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
