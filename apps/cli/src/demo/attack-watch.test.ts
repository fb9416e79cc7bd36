import type { AlertType } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { alertEvent } from '../../test/alert-event.js';
import { AttackWatch } from './attack-watch.js';
import type { Attack } from './attacks.js';

const startMs = Date.UTC(2026, 2, 3);

function attack(type: AlertType, source: string): Attack {
  return { type, story: type, startMs, sources: [source], journeys: [] };
}

function raised(type: AlertType, source: string) {
  return alertEvent({ id: 'a', type, source, atMs: startMs });
}

test('an attack without its alert is unseen, and one with it is not', () => {
  const watch = new AttackWatch();
  const stuffing = attack('credential_stuffing', '203.0.113.1');
  const walk = attack('object_enumeration', '203.0.113.2');
  watch.began(stuffing);
  watch.began(walk);
  const verdict = watch.observe(raised('credential_stuffing', '203.0.113.1'), startMs + 1500);
  expect(verdict).toEqual({ kind: 'detected', attack: stuffing, delayMs: 1500 });
  expect(watch.unseen()).toEqual([walk]);
});

test('another type from the same attacker explains itself but does not count as seen', () => {
  const watch = new AttackWatch();
  watch.began(attack('credential_stuffing', '203.0.113.1'));
  expect(watch.observe(raised('account_takeover', '203.0.113.1'), startMs)?.kind).toBe('related');
  expect(watch.unseen()).toHaveLength(1);
});

test('an alert about nobody’s attack is unexplained', () => {
  const watch = new AttackWatch();
  watch.began(attack('credential_stuffing', '203.0.113.1'));
  expect(watch.observe(raised('credential_stuffing', '198.18.0.4'), startMs)?.kind).toBe('unexplained');
});

test('later news of an alert is no new alert, and may name an attack that joined it', () => {
  const watch = new AttackWatch();
  watch.began(attack('data_exfiltration', '203.0.113.1'));
  watch.observe(raised('data_exfiltration', '203.0.113.1'), startMs + 1000);
  watch.began(attack('data_exfiltration', '203.0.113.2'));
  const update = {
    id: 'a',
    type: 'data_exfiltration',
    source: '203.0.113.2',
    atMs: startMs,
    change: 'updated',
  } as const;
  expect(watch.observe(alertEvent(update), startMs + 3000)).toBeUndefined();
  expect(watch.unseen()).toEqual([]);
  expect(watch.delaysMs()).toEqual([1000, 3000]);
  expect(watch.alerts()).toHaveLength(1);
});
