import type { Alert } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { ReadingReport } from './reading-report.js';
import { summaryText } from './summary.js';

function textOf(alerts: readonly Partial<Alert>[], width = 100): string[] {
  const common = { status: 'new', service: 'shop', firstSeen: '2026-11-24T06:00:00.000Z', requests: 1234 };
  const full = alerts.map((alert) => ({ ...common, ...alert }) as Alert);
  const replay = { report: new ReadingReport(), alerts: full, firstMs: null, lastMs: null };
  return summaryText(replay, { width, colour: false, tookMs: 1000 }).split('\n');
}

test('the worst first; below each the sentence, within the width, except for low ones', () => {
  const summary = 'One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen.';
  const lines = textOf(
    [
      { severity: 'low', score: 30, title: 'Path scanning by 192.0.2.1', summary: 'Hidden.' },
      { severity: 'high', score: 80, title: 'Takeover of account a', summary },
    ],
    60,
  );
  expect(lines[0]).toMatch(/^SEVERITY {2}SCORE {2}SERVICE/);
  expect(lines[1]).toMatch(/^high +80 {2}shop {5}2026-11-24 06:00:00 +1,234 {2}Takeover of account a$/);
  const low = lines.findIndex((line) => line.startsWith('low'));
  const sentence = lines.slice(2, low);
  expect(sentence.map((line) => line.trim()).join(' ')).toBe(summary);
  expect(sentence.every((line) => line.startsWith('    ') && line.length <= 60)).toBe(true);
  expect(lines.join('\n')).not.toContain('Hidden');
});

test('text from the traffic cannot move the cursor', () => {
  const lines = textOf([{ severity: 'high', score: 80, title: 'x\u001b[2J', summary: 'y\u202ez', service: '\n' }]);
  for (const unsafe of ['\u001b', '\u202e']) expect(lines.join('')).not.toContain(unsafe);
});
