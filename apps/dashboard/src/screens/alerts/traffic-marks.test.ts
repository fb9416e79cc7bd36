import { describe, expect, it } from 'vitest';
import { sampleAlert } from '../../../test/sample-alert.js';
import { areSameMarks, marksOf } from './traffic-marks.js';

const alerts = [30, 20, 10].map((second) =>
  sampleAlert({ id: `al_${second}`, raisedAt: new Date(second * 1000).toISOString(), severity: 'high' }),
);

describe('marks', () => {
  it('are those of the alerts in the window', () => {
    expect(marksOf(alerts, 20)).toEqual([
      { at: 30, severity: 'high' },
      { at: 20, severity: 'high' },
    ]);
  });

  it('are the same until an alert comes, goes or changes its severity', () => {
    const marks = marksOf(alerts, 0);
    expect(areSameMarks(marks, marksOf([...alerts], 0))).toBe(true);
    expect(areSameMarks(marks, marksOf(alerts, 20))).toBe(false);
    expect(areSameMarks(marks, marksOf([{ ...alerts[0]!, severity: 'low' }, ...alerts.slice(1)], 0))).toBe(false);
  });
});
