import { expect, test } from 'vitest';
import { alertEvent } from '../../test/alert-event.js';
import type { Attack } from './attacks.js';
import { Reporter } from './report.js';

const startMs = Date.UTC(2026, 2, 3);
const stuffing: Attack = {
  type: 'credential_stuffing',
  story: 'pairs are tried',
  startMs: startMs + 10_000,
  sources: ['203.0.113.1'],
  journeys: [],
};

function reported(): { reporter: Reporter; lines: string[] } {
  const lines: string[] = [];
  const reporter = new Reporter((line) => lines.push(line), 0);
  reporter.started(startMs);
  reporter.attack(stuffing, startMs + 10_000);
  return { reporter, lines };
}

test('tells attack and alert as they come, with the time between', () => {
  const { reporter, lines } = reported();
  reporter.alert(
    alertEvent({ id: 'a', type: 'credential_stuffing', source: '203.0.113.1', atMs: startMs + 12_900 }),
    startMs + 13_000,
  );
  reporter.summary({ answered: 1200, failed: 0, unexpected: 0 }, 1200);
  expect(lines).toEqual([
    '+00:00  customers come in',
    '+00:10  ATTACK  credential_stuffing: pairs are tried',
    '+00:13  ALERT   credential_stuffing  score 80 (high), 3.0 s after the attack began',
    '                Something came from 203.0.113.1.',
    '',
    'Alerts raised:',
    '  credential_stuffing  score 80  Something came from 203.0.113.1.',
    '',
    'Requests sent 1,200, spans stored 1,200',
    "From an attack's first request to its alert: median 3.0 s, longest 3.0 s",
    'From the request that completes the evidence to the alert: p50 100 ms, p99 100 ms (1 measured)',
  ]);
});

test('tells when an alert gets worse, and nothing of mere news', () => {
  const { reporter, lines } = reported();
  const alert = { id: 'a', type: 'credential_stuffing', source: '203.0.113.1', atMs: startMs + 12_000 } as const;
  reporter.alert(alertEvent(alert), startMs + 13_000);
  reporter.alert(alertEvent({ ...alert, change: 'updated' }), startMs + 14_000);
  reporter.alert(alertEvent({ ...alert, change: 'escalated' }), startMs + 15_000);
  expect(lines.slice(4)).toEqual([
    '+00:15  WORSE   credential_stuffing  score 80 (high)',
    '                Something came from 203.0.113.1.',
  ]);
});

test('the summary names what went unseen, false alarms, and what was lost', () => {
  const { reporter, lines } = reported();
  reporter.alert(alertEvent({ id: 'b', type: 'scraping', source: '198.18.0.1', atMs: startMs }), startMs + 20_000);
  reporter.summary({ answered: 1200, failed: 2, unexpected: 0 }, 1198);
  expect(lines).toContain('UNSEEN  credential_stuffing: pairs are tried');
  expect(lines.filter((line) => line.includes('a false alarm'))).toHaveLength(1);
  expect(lines).toContain('Requests sent 1,200, spans stored 1,198 (difference 2)');
  expect(lines).toContain('Requests without an answer: 2');
});
