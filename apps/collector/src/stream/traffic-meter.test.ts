import type { RequestEvent } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { METER_SECONDS, TrafficMeter } from './traffic-meter.js';

const request = (status: number, login?: 'success' | 'failure') =>
  ({
    status,
    authEvent: login === undefined ? '' : 'login',
    authOutcome: login ?? '',
    authAttempts: login ? 1 : 0,
  }) as RequestEvent;

test('counts by second, without the second that is not over, zero-filled', () => {
  const meter = new TrafficMeter();
  meter.count([request(200), request(503)], 10_000);
  meter.count([request(401, 'failure'), request(200, 'success')], 11_999);
  meter.count([request(200)], 12_001);
  expect(meter.last(3, 12_500)).toEqual([
    { atMs: 9_000, requests: 0, errors: 0, loginsFailed: 0, loginsSucceeded: 0 },
    { atMs: 10_000, requests: 2, errors: 1, loginsFailed: 0, loginsSucceeded: 0 },
    { atMs: 11_000, requests: 2, errors: 0, loginsFailed: 1, loginsSucceeded: 1 },
  ]);
});

test('forgets what is older than it keeps', () => {
  const meter = new TrafficMeter();
  meter.count([request(200)], 0);
  const points = meter.last(METER_SECONDS, METER_SECONDS * 1000 + 500);
  expect(points).toHaveLength(METER_SECONDS - 1);
  expect(points.every((point) => point.requests === 0)).toBe(true);
});
