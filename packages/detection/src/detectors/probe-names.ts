import type { Facts } from '../parts/facts.js';

/** Words of administration in paths and operations; they weigh what probe-evidence.ts says. */
const ADMIN =
  /(?:^|[/_.-])(?:admin\w*|internal|manage\w*|management|sudo|root|superuser|staff|backoffice|console|debug|config\w*|settings|roles?|permissions?|audit\w*|impersonat\w*|privileges?|secrets?|feature-flags|api-?keys?|tenants?)(?:$|[/_.-])|Admin|Impersonate|Role|Permission|AuditLog/;

export function isAdminLike(facts: Facts): boolean {
  const { operation, path } = facts.event;
  return ADMIN.test(operation !== '' ? operation : path);
}

export function doorName(facts: Facts): string {
  const { event } = facts;
  return `${event.method} ${event.operation || event.route || event.path}`;
}
