import { createHash } from 'node:crypto';
import type { Finding } from '@vedette/protocol';

const HOUR_MS = 3_600_000;

/**
 * Id of the alert that a finding opens: the same on every node and in every rebuild, because it follows from the type,
 * the service, the campaign's own key and the hour in which it began.
 */
export function alertId(finding: Pick<Finding, 'type' | 'service' | 'campaignKey' | 'firstSeenMs'>): string {
  const hour = Math.floor(finding.firstSeenMs / HOUR_MS);
  return createHash('sha256')
    .update([finding.type, finding.service, finding.campaignKey, String(hour)].join('\n'), 'utf8')
    .digest('hex')
    .slice(0, 24);
}
