import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { capitalised, counted, duration, grouped, percent } from '../core/words.js';
import type { EpochNumbers, ListData } from './list-campaign.js';
import { familiarityNats, outcomeNats } from './login-evidence.js';

const HOUR_MS = 3_600_000;

/** What is said of a list attack. */
export function describeList(campaign: Campaign<ListData>): Statement {
  const { data, compromised } = campaign;
  const isSpraying = data.type === 'password_spraying';
  const name = isSpraying ? 'password spraying' : 'credential stuffing';
  if (data.epoch !== null && data.scope === 'service') return describeEpoch(campaign, data.epoch, name);
  const accounts = tallySize(data.accounts);
  const failed = Math.max(data.failed, data.failedNew + data.failedFamiliar);
  const tried = failed + compromised.length;
  const outcome = outcomeNats(data, data.weights);
  const familiarity = isSpraying ? 0 : familiarityNats(data, data.weights);
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
  return {
    title: `${capitalised(name)} from ${from}`,
    summary: `${counted(accounts, isSpraying ? 'existing account' : 'account')} tried from ${from} in ${duration(spanMs)}, ${percent(share)} failed${usual}. ${entered}`,
    evidence,
    logLikelihood: Math.max(outcome, familiarity),
    threshold: data.threshold,
    units: accounts,
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts: discountsOf(data),
  };
}

function discountsOf(data: ListData): Discount[] {
  return data.mature
    ? []
    : [{ reason: 'cold_start', text: 'still learning which accounts are familiar here', points: 10 }];
}

/** A campaign that was noticed by what happened to the whole service. */
function describeEpoch(campaign: Campaign<ListData>, epoch: EpochNumbers, name: string): Statement {
  const { compromised, data } = campaign;
  const sources = tallySize(campaign.sources);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const named = sources === 0 ? 'sources that cannot be told apart' : counted(sources, 'address', 'addresses');
  const share = epoch.excess / Math.max(1, epoch.unresolved);
  const excess = Math.max(1, Math.round(epoch.excess));
  const evidence: Evidence[] = [
    {
      name: 'unresolved_strangers',
      text: `${grouped(epoch.unresolved)} of ${counted(epoch.contacts, 'first attempt')} by strangers to the account failed, where ${grouped(Math.round(epoch.expected))} (${percent(epoch.usual)}) are usual`,
      observed: epoch.unresolved,
      expected: epoch.expected,
      unit: 'accounts',
      baseline: epoch.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: epoch.usualSize },
      logLikelihood: epoch.nats,
    },
    {
      name: 'attack_share',
      text: `about ${percent(Math.max(0, Math.min(1, share)))} of these failures belong to the campaign`,
      observed: share,
      expected: 0,
      unit: 'share',
      baseline: null,
      logLikelihood: null,
    },
  ];
  const entered =
    compromised.length === 0 ? 'None is known to have got in.' : `${counted(compromised.length, 'account')} got in.`;
  return {
    title: `Distributed ${name} from ${named}`,
    summary: `About ${grouped(excess)} of ${counted(epoch.unresolved, 'first attempt')} by strangers to the account that failed in ${duration(spanMs)} are one campaign of ${name}, from ${named}. ${entered}`,
    evidence,
    logLikelihood: epoch.nats,
    threshold: epoch.threshold,
    units: excess,
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts: discountsOf(data),
  };
}
