import type { Form } from '../adapters/form.js';
import type { Campaign } from '../core/campaign.js';

/**
 * Whether a campaign leaves traces in this form at all. Bare spans and logs name no actor, session, identifier or code;
 * one GraphQL route hides operations and ids; a log has no API key unless HTTP authentication carries it. Recall on
 * those forms is counted over what is visible.
 */
export function isVisible(campaign: Campaign, form: Form): boolean {
  if (form === 'enriched') return true;
  const isGraphql = campaign.service === 'saas';
  switch (campaign.type) {
    case 'session_hijack':
    case 'account_takeover':
    case 'sensitive_data_exposure':
      return false;
    case 'consumer_drift':
      // Without the key only the consumer's address is left, which tells as long as it stays.
      return form === 'log' && campaign.service === 'partner';
    case 'brute_force':
      return campaign.sources.size <= 3;
    case 'token_enumeration':
    case 'user_enumeration':
    case 'credential_stuffing':
    case 'password_spraying':
      return true;
    case 'object_enumeration':
    case 'data_exfiltration':
    case 'scraping':
    case 'privilege_probing':
      return !isGraphql;
    default:
      return true;
  }
}
