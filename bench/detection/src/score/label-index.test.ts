import { expect, test } from 'vitest';
import { createExchange } from '../core/exchange.js';
import { LabelIndex } from './label-index.js';
import type { RaisedAlert } from './raised-alert.js';

const alert: RaisedAlert = {
  id: 'A',
  type: 'credential_stuffing',
  severity: 'medium',
  raisedMs: 5000,
  firstSeenMs: 0,
  lastSeenMs: 5000,
  sources: ['203.0.113.7'],
  sourceCount: 1,
  actors: [],
  actorCount: 0,
  targets: [],
  compromised: [],
  summary: '',
  isWithdrawn: false,
};

test('lays a false alert at the door of the look-alike that was under way', () => {
  const index = new LabelIndex();
  for (const label of ['visit', 'L1', 'L18'])
    index.note(createExchange(1000, { address: '203.0.113.7', userAgent: '', fingerprint: '' }, label, null));
  expect(index.explain(alert, [{ label: 'L1', startMs: 0, endMs: 9000 }])).toBe('L1');
  expect(index.explain(alert, [])).toBe('visit');
  expect(index.explain({ ...alert, sources: ['198.51.100.1'] }, [])).toBe('nobody');
});
