import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, shortName } from '../core/words.js';
import { type Guesses, guessingNats, networkNats } from './guesses.js';

/** What a campaign of guesses at one account is made of. */
export interface BruteData extends Guesses {
  account: string;
  guesses: number;
  /** The most that the evidence has been. */
  evidence: number;
  threshold: number;
  readonly clients: string[];
}

/** What is said of guesses at one account. */
export function describeGuesses(campaign: Campaign<BruteData>): Statement {
  const { data, compromised } = campaign;
  const sources = tallySize(campaign.sources);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const account = shortName(data.account);
  const from = sources === 1 ? [...campaign.sources.counts.keys()][0]! : counted(sources, 'address', 'addresses');
  const strange = data.familiar && data.allStrange;
  const evidence: Evidence[] = [
    {
      name: 'different_guesses',
      text: `${counted(data.guesses, 'different guess', 'different guesses')} at one account failed in ${duration(spanMs)}; equal ones are counted once`,
      observed: data.guesses,
      expected: 2,
      unit: 'guesses',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: data.nats,
    },
    {
      name: 'networks',
      text: `they came from ${counted(data.networks, 'network')}`,
      observed: data.networks,
      expected: 1,
      unit: 'networks',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: networkNats(data.networks),
    },
  ];
  if (data.haste > 0) {
    evidence.push({
      name: 'haste',
      text: 'another password within three seconds, again and again: people type longer',
      observed: 1,
      expected: 0.05,
      unit: 'share',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: data.haste,
    });
  }
  if (strange && data.mature) {
    evidence.push({
      name: 'unfamiliar_to_account',
      text: 'the account was never used from these networks or with this client software',
      observed: 0,
      expected: null,
      unit: 'successes',
      baseline: null,
      logLikelihood: guessingNats(data) - data.nats - networkNats(data.networks) - data.haste,
    });
  }
  const where = strange ? ', where it was never used before' : '';
  const known = data.mature && !data.familiar ? ' No such account has logged in here before.' : '';
  const entered = compromised.length > 0 ? 'It was entered meanwhile, from a network new to it.' : 'None got in.';
  const discounts: Discount[] = data.mature
    ? []
    : [{ reason: 'cold_start', text: 'still learning where accounts are used', points: 10 }];
  return {
    title: `Brute force on account ${account}`,
    summary: `${counted(data.guesses, 'different guess', 'different guesses')} at account ${account} failed in ${duration(spanMs)}, from ${from}${where}.${known} ${entered}`,
    evidence,
    logLikelihood: data.evidence,
    threshold: data.threshold,
    units: data.guesses,
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts,
  };
}
