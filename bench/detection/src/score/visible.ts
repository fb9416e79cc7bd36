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
      // Without the key only the consumer's address is left; a log names the user of HTTP authentication.
      return form === 'log' && campaign.service === 'partner';
    case 'brute_force':
      // Which account it is shows only as long as a few addresses do it all.
      return campaign.sources.size <= 3;
    case 'user_enumeration':
      // The workspace service answers every reset alike, and the name is in the body.
      return !isGraphql;
    case 'token_enumeration':
      // Many sessions for one account or route are tied together by the code and the account, unless the path holds the code.
      return isGraphql || campaign.sources.size <= 12;
    case 'object_enumeration':
    case 'privilege_probing':
      return !isGraphql;
    default:
      return true;
  }
}
