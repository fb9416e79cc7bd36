import { SEVERITIES, type Severity } from '@vedette/protocol';
import { type AlertFilter, NO_FILTER, type StatusFilter } from './alert-filter.js';

/** Where the page is: the list with its filter, and the alert that is open beside it. */
export interface Route {
  readonly alertId: string | null;
  readonly filter: AlertFilter;
}

const STATUS_FILTERS: readonly StatusFilter[] = ['open', 'closed', 'all'];

/** Longest filter text taken from an address, characters. */
const MAX_TEXT = 200;

/** Reads an address; whatever it does not know falls back to the plain list. */
export function parseRoute({ pathname, search }: { pathname: string; search: string }): Route {
  const query = new URLSearchParams(search);
  const status = STATUS_FILTERS.find((one) => one === query.get('status')) ?? NO_FILTER.status;
  const severity = SEVERITIES.find((one) => one === query.get('severity')) ?? (null as Severity | null);
  const text = (query.get('q') ?? '').slice(0, MAX_TEXT);
  return { alertId: alertIdOf(pathname), filter: { status, severity, text } };
}

/** Address of a place, path and query. */
export function formatRoute({ alertId, filter }: Route): string {
  const query = new URLSearchParams();
  if (filter.status !== NO_FILTER.status) query.set('status', filter.status);
  if (filter.severity !== null) query.set('severity', filter.severity);
  if (filter.text !== '') query.set('q', filter.text);
  const path = alertId === null ? '/' : `/alerts/${encodeURIComponent(alertId)}`;
  return query.size === 0 ? path : `${path}?${query}`;
}

function alertIdOf(pathname: string): string | null {
  const encoded = /^\/alerts\/([^/]{1,400})\/?$/.exec(pathname)?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
