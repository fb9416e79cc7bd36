import { ALERT_TYPE_INFO, type Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, percent, shortName } from '../core/words.js';
import type { TakeoverData } from './account-takeover.js';
import type { Entrance } from './entrances.js';
import { actionNats, novelNats } from './takeover-evidence.js';

export function describeTakeover(campaign: Campaign<TakeoverData>): Statement {
  const { data, compromised } = campaign;
  const accounts = compromised.length;
  const sources = tallySize(campaign.sources);
  const from = sources === 1 ? [...campaign.sources.counts.keys()][0]! : counted(sources, 'address', 'addresses');
  const followed = [...new Set(data.entrances.flatMap((one) => one.kinds))];
  const who = accounts === 1 ? `Account ${shortName(compromised[0]!)}` : `${counted(accounts, 'account')}`;
  const was = accounts === 1 ? 'was' : 'were';
  const then = followed.length === 0 ? '' : ` What followed there: ${listed(followed)}.`;
  const how =
    data.cause === null
      ? `${who} ${was} entered from ${from}, from ${accounts === 1 ? 'a network and with a client that it was' : 'networks and with clients that they were'} never used with.`
      : `${who} ${was} entered from ${from} during ${ALERT_TYPE_INFO[data.cause].name.toLowerCase()} that ${sources === 1 ? 'this address takes' : 'these addresses take'} part in.`;
  return {
    title: `Takeover of ${accounts === 1 ? `account ${shortName(compromised[0]!)}` : counted(accounts, 'account')}`,
    summary: `${how}${then}`,
    evidence: data.cause === null ? ownEvidence(data) : causeEvidence(campaign),
    logLikelihood: data.evidence,
    threshold: data.threshold,
    units: accounts,
    outcome: followed.length > 0 ? 'success_followed' : 'success',
    discounts: [],
  };
}

function causeEvidence(campaign: Campaign<TakeoverData>): Evidence[] {
  const { data, compromised } = campaign;
  const evidence: Evidence[] = [
    {
      name: 'entered_during_attack',
      text: `${counted(compromised.length, 'account')} got in from sources of ${ALERT_TYPE_INFO[data.cause!].name.toLowerCase()}, from networks new to ${compromised.length === 1 ? 'it' : 'them'}`,
      observed: compromised.length,
      expected: 0,
      unit: 'accounts',
      baseline: null,
      logLikelihood: data.evidence,
    },
  ];
  for (const action of actions(data)) evidence.push({ ...action, logLikelihood: null });
  return evidence;
}

function ownEvidence(data: TakeoverData): Evidence[] {
  const strongest = data.entrances.reduce((best, one) => (one.kinds.length > best.kinds.length ? one : best));
  const own = data.entrances.length;
  const byPast = !strongest.familiar;
  const usual = byPast ? strongest.usualBoth : strongest.usualShare;
  const evidence: Evidence[] = [
    {
      name: 'new_to_account',
      text: `${history(strongest)}; here ${percent(usual)} of ${byPast ? 'sessions' : 'successes'} are that new`,
      observed: 1,
      expected: usual,
      unit: 'share',
      baseline: { of: 'actor', size: strongest.successes },
      logLikelihood: novelNats(strongest),
    },
  ];
  const followed = new Map([...data.rates].filter(([kind]) => strongest.kinds.some((one) => one === kind)));
  const total = actionNats(followed, data.goesOn);
  actions(data).forEach((action, i) => {
    evidence.push({ ...action, logLikelihood: i === 0 ? total : null });
  });
  if (strongest.suspicion > 0) {
    evidence.push({
      name: 'suspect_source',
      text: 'the address was already suspected of attacking logins',
      observed: strongest.suspicion,
      expected: 0,
      unit: 'nats',
      baseline: null,
      logLikelihood: strongest.suspicion,
    });
  }
  if (own > 1) {
    evidence.push({
      name: 'accounts_entered',
      text: `${counted(own, 'account')} entered alike`,
      observed: own,
      expected: null,
      unit: 'accounts',
      baseline: null,
      logLikelihood: Math.max(0, data.evidence - novelNats(strongest) - total - Math.max(0, strongest.suspicion)),
    });
  }
  return evidence;
}

function history(entrance: Entrance): string {
  if (!entrance.familiar)
    return 'whoever it belongs to was active for days before, never in this network or with this client';
  if (entrance.novelSuccesses === 0) {
    return `of ${counted(entrance.successes, 'login')} of this account before, none came from a network and with a client both new to it`;
  }
  return `of ${counted(entrance.successes, 'login')} of this account before, ${entrance.novelSuccesses} came from a network and with a client both new to it`;
}

function actions(data: TakeoverData): Evidence[] {
  return [...data.rates].map(([kind, { rate, size }]) => ({
    name: `followed_by_${kind.replaceAll(/[^a-z]/g, '_')}`,
    text: `after the login, with the same client: ${kind}; here ${percent(rate)} of logins, or days of a session, are followed by that`,
    observed: 1,
    expected: rate,
    unit: 'share',
    baseline: size === 0 ? { of: 'prior' as const, size: 0 } : { of: 'service' as const, size },
    logLikelihood: null,
  }));
}

function listed(names: readonly string[]): string {
  if (names.length === 1) return names[0]!;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
