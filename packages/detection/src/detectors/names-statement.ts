import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { type Tally, tallySize, topOf } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { NameKind } from './name-place.js';

export interface Asking {
  readonly scope: 'who' | 'source' | 'prefix' | 'place';
  readonly offender: string;
  /** Keys that were accused and act together. */
  members: number;
  readonly placeId: number;
  readonly place: string;
  readonly kind: NameKind;
  readonly hasNames: boolean;
  /** Names asked about so far; for a place, contacts without consequence. */
  names: number;
  /** Of them: no account that is known here. */
  strangers: number;
  /** Answers by status and size. */
  readonly answers: Tally;
  nats: number;
  readonly threshold: number;
  /** Share of callers who go on to another name; for a place, of contacts that nothing follows. */
  readonly usual: number;
  readonly usualSize: number;
  contacts: number;
  expected: number;
  /** For a place: callers who went on to another name; 0 where many asked for one or two. */
  readonly wentOn: number;
  readonly mature: boolean;
}

const ACT: Readonly<Record<NameKind, string>> = {
  signup: 'tried at the sign-up',
  reset: 'tried at the password reset',
  lookup: 'looked up',
};

export function describe(campaign: Campaign<Asking>): Statement {
  const { data } = campaign;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sources = tallySize(campaign.sources);
  const from = data.scope === 'place' || data.members > 1 ? counted(sources, 'address', 'addresses') : data.offender;
  const evidence: Evidence[] = [];
  if (data.scope === 'place' && data.wentOn > 0) {
    evidence.push({
      name: 'callers_going_on',
      text: `${counted(data.wentOn, 'caller')} went on to another name, and nothing followed; ${percent(data.usual)} of callers here usually go on`,
      observed: data.names,
      expected: data.expected,
      unit: 'names',
      baseline: data.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'route', size: data.usualSize },
      logLikelihood: data.nats,
    });
  } else if (data.scope === 'place') {
    evidence.push({
      name: 'names_without_consequence',
      text: `${grouped(data.names)} of ${counted(data.contacts, 'name')} were followed by nothing within ten minutes; usually ${percent(data.usual)} are`,
      observed: data.names,
      expected: data.expected,
      unit: 'names',
      baseline: { of: 'route', size: data.usualSize },
      logLikelihood: data.nats,
    });
  } else {
    evidence.push({
      name: data.hasNames ? 'names_tried' : 'requests',
      text: `${counted(data.names, data.hasNames ? 'different name' : 'request')} in ${duration(spanMs)} without what usually follows; after one, ${percent(data.usual)} of callers here go on to another`,
      observed: data.names,
      expected: 1 / Math.max(0.01, 1 - data.usual),
      unit: 'names',
      baseline: data.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'route', size: data.usualSize },
      logLikelihood: data.nats,
    });
  }
  if (data.hasNames && data.kind === 'reset' && data.mature && data.scope !== 'place') {
    evidence.push({
      name: 'unfamiliar_names',
      text: `${grouped(data.strangers)} of ${counted(data.names, 'name')} had never logged in here`,
      observed: data.strangers,
      expected: null,
      unit: 'names',
      baseline: null,
      logLikelihood: null,
    });
  }
  const oracle = oracleOf(data.answers);
  if (oracle !== '') {
    evidence.push({
      name: 'answers_differ',
      text: `Answers differ (${oracle}), so they tell which names exist`,
      observed: tallySize(data.answers),
      expected: 1,
      unit: 'answers',
      baseline: null,
      logLikelihood: null,
    });
  }
  const discounts: Discount[] = data.hasNames
    ? []
    : [{ reason: 'guard', text: 'names are not visible in these spans', points: 10 }];
  const what = data.hasNames ? counted(data.names, 'name') : counted(data.names, 'request');
  const act =
    data.hasNames || data.kind === 'lookup'
      ? ACT[data.kind]
      : `sent to the ${data.kind === 'reset' ? 'password reset' : 'sign-up'}`;
  const telling = oracle === '' ? '' : ` Answers differ (${oracle}).`;
  const hidden = data.hasNames ? '' : ' The spans do not show the names.';
  return {
    title: `User enumeration from ${from}`,
    summary: `${what} ${act} from ${from} at ${data.place} in ${duration(spanMs)}, and nothing followed.${telling}${hidden}`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: data.names,
    outcome: oracle === '' ? 'none' : 'partial',
    discounts,
  };
}

/** The two commonest answers, where the second is no exception: an answer that one name in twenty gets tells of it. */
function oracleOf(answers: Tally): string {
  const [first, second] = topOf(answers, 2);
  if (first === undefined || second === undefined) return '';
  const most = answers.counts.get(first)!;
  const other = answers.counts.get(second)!;
  if (other < 2 || other < 0.02 * (most + other)) return '';
  return `${grouped(most)} × ${first}; ${grouped(other)} × ${second}`;
}
