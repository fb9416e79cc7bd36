import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';

export interface Guessing {
  readonly scope: 'account' | 'who' | 'source' | 'prefix' | 'place';
  /** Whom it is said of, and where. */
  readonly offender: string;
  readonly place: string;
  readonly placeId: number;
  /** Keys that were accused and act together. */
  members: number;
  readonly isOtp: boolean;
  readonly hasCode: boolean;
  /** Distinct wrong codes, and right ones, that nobody had tried before. */
  failed: number;
  succeeded: number;
  nats: number;
  readonly threshold: number;
  /** Share of further tries that fail when people try, and votes behind it; for a place, share of callers who give up. */
  readonly usual: number;
  readonly usualSize: number;
  /** For a place: callers who tried codes, and those of them who gave up. */
  callers: number;
  gaveUp: number;
}

export function describe(campaign: Campaign<Guessing>): Statement {
  return campaign.data.scope === 'place' ? describePlace(campaign) : describeGuesser(campaign);
}

function describeGuesser(campaign: Campaign<Guessing>): Statement {
  const { data } = campaign;
  const code = data.isOtp ? 'one-time password' : 'code';
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sources = tallySize(campaign.sources);
  const what = data.hasCode ? `different wrong ${code}` : `wrong ${code}`;
  const evidence: Evidence[] = [
    {
      name: data.hasCode ? 'codes_failed' : 'tries_failed',
      text: `${counted(data.failed, what)} tried in ${duration(spanMs)}; after a wrong one ${percent(data.usual)} of further tries here usually fail`,
      observed: data.failed,
      expected: data.usual * data.failed,
      unit: 'codes',
      baseline: data.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'route', size: data.usualSize },
      logLikelihood: data.nats,
    },
  ];
  if (sources > 1) {
    evidence.push({
      name: 'sources',
      text: `${counted(sources, 'address', 'addresses')} took part`,
      observed: sources,
      expected: 1,
      unit: 'addresses',
      baseline: null,
      logLikelihood: null,
    });
  }
  const right =
    data.succeeded === 0
      ? 'None was right.'
      : `${grouped(data.succeeded)} ${data.succeeded === 1 ? 'was' : 'were'} right.`;
  const offender = data.members > 1 ? `${counted(data.members, 'caller')} together` : data.offender;
  const by =
    data.scope === 'account'
      ? `for ${data.offender}, from ${counted(sources, 'address', 'addresses')}`
      : `by ${offender}`;
  const hidden = data.hasCode ? '' : ' The spans do not show the codes, so repeats cannot be told from guesses.';
  const discounts: Discount[] = data.hasCode
    ? []
    : [{ reason: 'guard', text: 'codes are not visible in these spans', points: 10 }];
  return {
    title: data.scope === 'account' ? `One-time passwords of ${data.offender} guessed` : `Codes guessed by ${offender}`,
    summary: `${counted(data.failed, what)} tried ${by} at ${data.place} in ${duration(spanMs)}. ${right}${hidden}`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: data.failed,
    outcome: data.succeeded > 0 ? 'success' : 'none',
    discounts,
  };
}

function describePlace(campaign: Campaign<Guessing>): Statement {
  const { data } = campaign;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sources = counted(tallySize(campaign.sources), 'address', 'addresses');
  return {
    title: `Codes guessed at ${data.place} from ${sources}`,
    summary: `${counted(data.gaveUp, 'caller')} of ${grouped(Math.max(data.callers, data.gaveUp))} tried three wrong codes or more at ${data.place} in ${duration(spanMs)} and found no right one, from ${sources}. Usually ${percent(data.usual)} do.`,
    evidence: [
      {
        name: 'callers_without_success',
        text: `${counted(data.gaveUp, 'caller')} tried three wrong codes or more and found no right one; for ${counted(data.callers, 'caller')} about ${grouped(data.usual * data.callers)} are usual`,
        observed: data.gaveUp,
        expected: data.usual * data.callers,
        unit: 'callers',
        baseline: data.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'route', size: data.usualSize },
        logLikelihood: data.nats,
      },
    ],
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: data.failed,
    outcome: 'none',
    discounts: [],
  };
}
