import { ALERT_TYPE_INFO, type Alert, type Severity } from '@vedette/protocol';
import { isOpen } from './alert-feed.js';

export type StatusFilter = 'open' | 'closed' | 'all';

/** Which alerts of those known are listed. Lives in the address. */
export interface AlertFilter {
  readonly status: StatusFilter;
  readonly severity: Severity | null;
  /** Words that must all occur, in any case. */
  readonly text: string;
}

export const NO_FILTER: AlertFilter = { status: 'open', severity: null, text: '' };

export function filterAlerts(alerts: readonly Alert[], filter: AlertFilter): readonly Alert[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return alerts.filter(
    (alert) =>
      hasStatus(alert, filter.status) &&
      (filter.severity === null || alert.severity === filter.severity) &&
      (words.length === 0 || hasWords(alert, words)),
  );
}

/** Alerts of each severity under a status filter, whatever the rest of the filter says. */
export function countBySeverity(alerts: readonly Alert[], status: StatusFilter): Readonly<Record<Severity, number>> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const alert of alerts) if (hasStatus(alert, status)) counts[alert.severity] += 1;
  return counts;
}

function hasStatus(alert: Alert, status: StatusFilter): boolean {
  return status === 'all' || isOpen(alert) === (status === 'open');
}

function hasWords(alert: Alert, words: readonly string[]): boolean {
  const { title, summary, service, type, id, sources, actors, targets, routes } = alert;
  const text = [title, summary, service, type, ALERT_TYPE_INFO[type].name, id, sources, actors, targets, routes]
    .flat()
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
