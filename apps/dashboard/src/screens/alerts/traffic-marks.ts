import type { Alert, Severity } from '@vedette/protocol';

/** An alert on the time line of the traffic. */
export interface Mark {
  /** Unix seconds at which it was raised. */
  readonly at: number;
  readonly severity: Severity;
}

/** Marks of the alerts raised at or after a time (Unix seconds), newest first as the alerts are. */
export function marksOf(alerts: readonly Alert[], from: number): Mark[] {
  const marks: Mark[] = [];
  for (const { raisedAt, severity } of alerts) {
    const at = Date.parse(raisedAt) / 1000;
    if (at < from) break;
    marks.push({ at, severity });
  }
  return marks;
}

export function areSameMarks(some: readonly Mark[], others: readonly Mark[]): boolean {
  return (
    some.length === others.length &&
    some.every((mark, index) => mark.at === others[index]?.at && mark.severity === others[index]?.severity)
  );
}
