import { describe, expect, test } from 'vitest';
import { Campaign } from '../core/campaign.js';
import { createExchange } from '../core/exchange.js';
import { scoreCampaign } from './campaign-score.js';
import { judge } from './match.js';
import type { RaisedAlert } from './raised-alert.js';

const START = Date.UTC(2026, 1, 10);

function stuffing(): Campaign {
  const campaign = new Campaign('C1', 'credential_stuffing', 'easy', 'shop', 'by hand');
  for (let i = 0; i < 20; i++) {
    const exchange = createExchange(
      START + i * 1000,
      { address: '203.0.113.7', userAgent: 'x', fingerprint: 'f' },
      'C1',
      campaign,
    );
    exchange.authIdentifier = `account-${i}`;
    campaign.record(exchange);
  }
  campaign.enter(START + 4000, 'account-4');
  campaign.enter(START + 15_000, 'account-15');
  return campaign;
}

function alert(more: Partial<RaisedAlert>): RaisedAlert {
  return {
    id: 'A',
    type: 'credential_stuffing',
    severity: 'medium',
    raisedMs: START + 9500,
    firstSeenMs: START,
    lastSeenMs: START + 20_000,
    sources: ['203.0.113.7'],
    sourceCount: 1,
    actors: [],
    actorCount: 0,
    targets: [],
    compromised: [],
    summary: '',
    isWithdrawn: false,
    ...more,
  };
}

const verdicts = (alerts: RaisedAlert[], campaign = stuffing()) =>
  judge(alerts, [campaign], 'enriched').map((one) => one.verdict);

describe('judging alerts', () => {
  test('the right type on the right source is a detection', () => {
    expect(verdicts([alert({})])).toEqual(['detection']);
  });

  test('a prefix around the source, the accounts attacked or the actors are as good', () => {
    expect(verdicts([alert({ sources: ['203.0.113.0/24'] })])).toEqual(['detection']);
    expect(verdicts([alert({ sources: [], targets: ['account:account-3'] })])).toEqual(['detection']);
  });

  test('somebody else, another time, or before it began is false', () => {
    expect(verdicts([alert({ sources: ['198.51.100.9'] })])).toEqual(['false']);
    expect(
      verdicts([
        alert({
          firstSeenMs: START + 4 * 86_400_000,
          lastSeenMs: START + 4 * 86_400_000,
          raisedMs: START + 4 * 86_400_000,
        }),
      ]),
    ).toEqual(['false']);
    expect(
      verdicts([alert({ raisedMs: START - 60_000, firstSeenMs: START - 120_000, lastSeenMs: START - 60_000 })]),
    ).toEqual(['false']);
  });

  test('an alert that blames a customer first and names one attacker among many is false', () => {
    const sources = ['198.51.100.9', ...Array.from({ length: 9 }, (_, i) => `198.51.100.${20 + i}`), '203.0.113.7'];
    expect(verdicts([alert({ sources })])).toEqual(['false']);
  });

  test('a takeover after a hit is a consequence, a scan is the wrong type', () => {
    expect(verdicts([alert({ type: 'account_takeover' }), alert({ type: 'path_scanning' })])).toEqual([
      'consequence',
      'mistyped',
    ]);
  });

  test('types that differ in what a bare span hides count as the same there only', () => {
    const campaign = stuffing();
    const brute = alert({ type: 'brute_force' });
    expect(judge([brute], [campaign], 'bare')[0]!.verdict).toBe('detection');
    expect(judge([brute], [campaign], 'enriched')[0]!.verdict).toBe('consequence');
  });
});

describe('scoring a campaign', () => {
  test('found: delay, damage before, participants', () => {
    const campaign = stuffing();
    const score = scoreCampaign(
      'r',
      campaign,
      judge([alert({ compromised: ['account-4'] })], [campaign], 'enriched'),
      'enriched',
    );
    expect(score).toMatchObject({
      found: true,
      foundAs: 'credential_stuffing',
      requestsToDetect: 10,
      secondsToDetect: 9.5,
      accountsBefore: 1,
      sourcePrecision: 1,
      sourceRecall: 1,
      compromised: 2,
      compromisedNamed: 1,
    });
  });

  test('missed', () => {
    const campaign = stuffing();
    expect(
      scoreCampaign('r', campaign, judge([alert({ type: 'account_takeover' })], [campaign], 'enriched'), 'enriched'),
    ).toMatchObject({ found: false, foundAs: null });
  });

  test('two alerts for one campaign count as two', () => {
    const campaign = stuffing();
    const score = scoreCampaign(
      'r',
      campaign,
      judge([alert({}), alert({ id: 'B', raisedMs: START + 15_000 })], [campaign], 'enriched'),
      'enriched',
    );
    expect(score.alertsByType).toEqual({ credential_stuffing: 2 });
    expect(score.requestsToDetect).toBe(10);
  });
});
