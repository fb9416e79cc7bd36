import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { ListData } from './list-campaign.js';
import { familiarityNats, outcomeNats } from './login-evidence.js';

const HOUR_MS = 3_600_000;

/** What is said of a list attack; `name` is how the attack is called, `isSpraying` whose accounts are on the list. */
export function describeList(campaign: Campaign<ListData>, name: string, isSpraying: boolean): Statement {
  const { data, compromised } = campaign;
  const accounts = tallySize(data.accounts);
  const failed = Math.max(data.failed, data.failedNew + data.failedFamiliar);
  const tried = failed + compromised.length;
  const outcome = outcomeNats(data, data.weights);
  const familiarity = data.mature && !isSpraying ? familiarityNats(data, data.weights) : 0;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sources = tallySize(campaign.sources);
  const from =
    data.offenders.length > 1
      ? counted(sources, 'address', 'addresses')
      : data.scope === 'software'
        ? `${counted(sources, 'address', 'addresses')} with the same client`
        : data.offenders[0]!;
  const share = tried === 0 ? 0 : failed / tried;
  const usual =
    data.usualPerHour === null
      ? data.scope === 'source' && sources === 1
        ? '; this address was not known here before'
        : ''
      : `; usual for this address: ${grouped(Math.round(data.usualPerHour * 10) / 10)} per hour`;
  const evidence: Evidence[] = [
    {
      name: 'accounts_tried',
      text: `${counted(accounts, 'account')} tried in ${duration(spanMs)}, ${percent(share)} failed${usual}`,
      observed: accounts,
      expected: data.usualPerHour === null ? null : (data.usualPerHour * spanMs) / HOUR_MS,
      unit: 'accounts',
      baseline: data.usualPerHour === null ? null : { of: 'source', size: data.usualSize },
      logLikelihood: null,
    },
    {
      name: 'first_attempts_failed',
      text: `${grouped(failed)} of ${counted(tried, 'first attempt')} failed; here ${percent(data.failShare)} usually do`,
      observed: share,
      expected: data.failShare,
      unit: 'share',
      baseline: data.failShareSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.failShareSize },
      logLikelihood: outcome >= familiarity ? outcome : null,
    },
  ];
  if (data.mature && isSpraying) {
    evidence.push({
      name: 'existing_accounts_failed',
      text: `${grouped(data.failedExisting)} of ${counted(failed, 'failing account')} are used here, but never from these networks`,
      observed: data.failedExisting,
      expected: null,
      unit: 'accounts',
      baseline: null,
      logLikelihood: null,
    });
  } else if (data.mature) {
    evidence.push({
      name: 'unfamiliar_accounts_failed',
      text: `${grouped(data.failedNew)} of ${counted(failed, 'failing account')} had never logged in here`,
      observed: data.failedNew,
      expected: data.failNewShare * tried,
      unit: 'accounts',
      baseline: data.failShareSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.failShareSize },
      logLikelihood: familiarity > outcome ? familiarity : null,
    });
  }
  if (data.population > 1) {
    evidence.push({
      name: 'returning_users',
      text: `about ${counted(data.population, 'returning user')} share this address`,
      observed: data.population,
      expected: null,
      unit: 'users',
      baseline: null,
      logLikelihood: null,
    });
  }
  if (compromised.length > 0) {
    evidence.push({
      name: 'accounts_entered',
      text: `${counted(compromised.length, 'account')} got in from an address new to ${compromised.length === 1 ? 'it' : 'them'}`,
      observed: compromised.length,
      expected: null,
      unit: 'accounts',
      baseline: null,
      logLikelihood: null,
    });
  }
  const entered = compromised.length === 0 ? 'None got in.' : `${counted(compromised.length, 'account')} got in.`;
  const discounts: Discount[] = data.mature
    ? []
    : [{ reason: 'cold_start', text: 'still learning which accounts are familiar here', points: 10 }];
  return {
    title: `${name} from ${from}`,
    summary: `${counted(accounts, isSpraying ? 'existing account' : 'account')} tried from ${from} in ${duration(spanMs)}, ${percent(share)} failed${usual}. ${entered}`,
    evidence,
    logLikelihood: Math.max(outcome, familiarity),
    threshold: data.threshold,
    units: accounts,
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts,
  };
}
