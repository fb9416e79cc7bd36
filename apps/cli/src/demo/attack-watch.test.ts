import type { Alert, AlertEvent, AlertType } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { AttackWatch } from './attack-watch.js';
import type { Attack } from './attacks.js';

const startMs = Date.UTC(2026, 2, 3);

function attack(type: AlertType, source: string): Attack {
  return { type, story: type, startMs, sources: [source], journeys: [] };
}

function alertEvent(id: string, type: AlertType, source: string, change: AlertEvent['change'] = 'raised'): AlertEvent {
  const alert: Alert = {
    id,
    type,
    severity: 'high',
    score: 80,
    scoreTerms: [],
    title: type,
    summary: type,
    service: 'shop',
    storyId: id,
    status: 'new',
    resolution: null,
    recurring: false,
    firstSeen: new Date(startMs).toISOString(),
    lastSeen: new Date(startMs).toISOString(),
    raisedAt: new Date(startMs).toISOString(),
    sources: [source],
    sourceCount: 1,
    actors: [],
    actorCount: 0,
    targets: [],
    targetCount: 0,
    routes: [],
    compromised: [],
    requests: 1,
    evidence: [],
    activity: { start: new Date(startMs).toISOString(), bucketMs: 1000, counts: [] },
    owaspAutomatedThreats: [],
    owaspApi: [],
    attack: [],
  };
  return { sequence: 1, change, recordedAt: alert.raisedAt, by: null, comment: null, alert };
}

test('an attack without its alert is unseen, and one with it is not', () => {
  const watch = new AttackWatch();
  const stuffing = attack('credential_stuffing', '203.0.113.1');
  const walk = attack('object_enumeration', '203.0.113.2');
  watch.began(stuffing);
  watch.began(walk);
  const verdict = watch.observe(alertEvent('a', 'credential_stuffing', '203.0.113.1'), startMs + 1500);
  expect(verdict).toEqual({ kind: 'detected', attack: stuffing, delayMs: 1500 });
  expect(watch.unseen()).toEqual([walk]);
});

test('another type from the same attacker explains itself but does not count as seen', () => {
  const watch = new AttackWatch();
  watch.began(attack('credential_stuffing', '203.0.113.1'));
  expect(watch.observe(alertEvent('a', 'account_takeover', '203.0.113.1'), startMs)?.kind).toBe('related');
  expect(watch.unseen()).toHaveLength(1);
});

test('an alert about nobody’s attack is unexplained', () => {
  const watch = new AttackWatch();
  watch.began(attack('credential_stuffing', '203.0.113.1'));
  expect(watch.observe(alertEvent('a', 'credential_stuffing', '198.18.0.4'), startMs)?.kind).toBe('unexplained');
});

test('later news of an alert is no new alert, and may name an attack that joined it', () => {
  const watch = new AttackWatch();
  watch.began(attack('data_exfiltration', '203.0.113.1'));
  watch.observe(alertEvent('a', 'data_exfiltration', '203.0.113.1'), startMs + 1000);
  const second = attack('data_exfiltration', '203.0.113.2');
  watch.began(second);
  expect(watch.observe(alertEvent('a', 'data_exfiltration', '203.0.113.2', 'updated'), startMs + 3000)).toBeUndefined();
  expect(watch.unseen()).toEqual([]);
  expect(watch.delaysMs()).toEqual([1000, 3000]);
  expect(watch.alerts()).toHaveLength(1);
});
