import type { AlertType } from '@vedette/protocol';
import type { Form } from '../adapters/form.js';
import type { Campaign } from '../core/campaign.js';

/**
 * Types under which a campaign counts as found, besides its own. Where accounts or ids cannot be seen, types that differ
 * only in them cannot be told apart, and the field's own names overlap.
 */
const SAME_THING: Partial<Record<AlertType, readonly AlertType[]>> = {
  // Both try one password an account; they differ in whether the accounts exist, which is an estimate.
  credential_stuffing: ['password_spraying'],
  password_spraying: ['credential_stuffing'],
  // Reading other people's objects in bulk is both, once the objects were really read.
  object_enumeration: [],
};

const SAME_WITHOUT_IDENTIFIERS: Partial<Record<AlertType, readonly AlertType[]>> = {
  credential_stuffing: ['brute_force'],
  brute_force: ['credential_stuffing', 'password_spraying'],
  password_spraying: ['brute_force'],
  // A reset or sign-up route without identifiers is a route that fails.
  user_enumeration: ['credential_stuffing', 'brute_force', 'password_spraying', 'path_scanning', 'object_enumeration'],
  token_enumeration: ['brute_force', 'credential_stuffing', 'object_enumeration'],
};

/**
 * What may truly be said of the participants of a campaign besides its own type: consequences and views from another
 * side. Such alerts are neither a detection nor false.
 */
const ALSO_TRUE: Record<AlertType, readonly AlertType[]> = {
  credential_stuffing: ['account_takeover', 'user_enumeration', 'brute_force', 'rate_abuse'],
  brute_force: ['account_takeover', 'credential_stuffing', 'rate_abuse'],
  password_spraying: ['account_takeover', 'user_enumeration', 'brute_force', 'rate_abuse'],
  account_takeover: ['brute_force', 'credential_stuffing', 'password_spraying', 'session_hijack', 'data_exfiltration'],
  user_enumeration: ['credential_stuffing', 'password_spraying', 'rate_abuse', 'object_enumeration'],
  object_enumeration: ['data_exfiltration', 'scraping', 'account_takeover', 'rate_abuse', 'privilege_probing'],
  path_scanning: ['rate_abuse', 'privilege_probing', 'object_enumeration'],
  token_enumeration: ['brute_force', 'account_takeover', 'rate_abuse', 'credential_stuffing', 'object_enumeration'],
  privilege_probing: ['path_scanning', 'object_enumeration'],
  data_exfiltration: ['object_enumeration', 'scraping', 'consumer_drift', 'account_takeover', 'rate_abuse'],
  scraping: ['object_enumeration', 'data_exfiltration', 'rate_abuse'],
  session_hijack: ['account_takeover'],
  rate_abuse: ['scraping', 'data_exfiltration', 'object_enumeration'],
  consumer_drift: ['data_exfiltration', 'rate_abuse', 'scraping', 'object_enumeration', 'privilege_probing'],
  sensitive_data_exposure: [],
};

/** Whether an alert of this type is the campaign found. */
export function isDetection(campaign: Campaign, type: AlertType, form: Form): boolean {
  if (type === campaign.type) return true;
  if (SAME_THING[campaign.type]?.includes(type) === true) return true;
  return form !== 'enriched' && SAME_WITHOUT_IDENTIFIERS[campaign.type]?.includes(type) === true;
}

/** Whether an alert of this type is true of the campaign, though it is not its detection. */
export function isConsequence(campaign: Campaign, type: AlertType): boolean {
  return campaign.alsoTrue.has(type) || ALSO_TRUE[campaign.type].includes(type);
}
