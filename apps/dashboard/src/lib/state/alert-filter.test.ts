import { describe, expect, it } from 'vitest';
import { sampleAlert } from '../../../test/sample-alert.js';
import { countBySeverity, filterAlerts, NO_FILTER } from './alert-filter.js';

const alerts = [
  sampleAlert({ id: 'stuffing', severity: 'critical' }),
  sampleAlert({ id: 'walk', type: 'object_enumeration', severity: 'high', title: 'Walk', sources: ['2001:db8::1'] }),
  sampleAlert({ id: 'seen', severity: 'high', status: 'acknowledged', service: 'Orders' }),
  sampleAlert({ id: 'done', severity: 'low', status: 'resolved', resolution: 'benign' }),
  sampleAlert({ id: 'taken back', severity: 'low', status: 'withdrawn' }),
];

function ids(filter: Parameters<typeof filterAlerts>[1]): string[] {
  return filterAlerts(alerts, filter).map(({ id }) => id);
}

describe('filterAlerts', () => {
  it('shows what is open, unless asked for the rest', () => {
    expect(ids(NO_FILTER)).toEqual(['stuffing', 'walk', 'seen']);
    expect(ids({ ...NO_FILTER, status: 'closed' })).toEqual(['done', 'taken back']);
    expect(ids({ ...NO_FILTER, status: 'all' })).toHaveLength(5);
  });

  it('wants every word, in any case, anywhere that people look', () => {
    expect(ids({ ...NO_FILTER, text: '2001:DB8' })).toEqual(['walk']);
    expect(ids({ ...NO_FILTER, text: 'Object enumeration' })).toEqual(['walk']);
    expect(ids({ ...NO_FILTER, text: ' orders  login ' })).toEqual(['seen']);
    expect(ids({ ...NO_FILTER, text: 'orders nothing' })).toEqual([]);
  });

  it('narrows to one severity', () => {
    expect(ids({ ...NO_FILTER, severity: 'high' })).toEqual(['walk', 'seen']);
  });
});

describe('countBySeverity', () => {
  it('counts within the status', () => {
    expect(countBySeverity(alerts, 'open')).toEqual({ critical: 1, high: 2, medium: 0, low: 0 });
    expect(countBySeverity(alerts, 'closed')).toEqual({ critical: 0, high: 0, medium: 0, low: 2 });
  });
});
