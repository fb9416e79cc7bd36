import type { Discount, Evidence, SensitiveKind } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { counted, duration, grouped, percent } from '../core/words.js';

/** A route's exposure as it is told. */
export interface Exposure {
  place: string;
  kind: string;
  anonymous: boolean;
  isNewRoute: boolean;
  usual: number;
  pastResponses: number;
  seenBefore: number;
  responses: number;
  hits: number;
  values: number;
  callers: number;
  /** Some of those who received it: whose they are to be told, not attackers. */
  readonly readers: readonly string[];
  nats: number;
  threshold: number;
}

const KIND_NAMES: Readonly<Record<SensitiveKind, readonly [one: string, many: string]>> = {
  card: ['card number', 'card numbers'],
  email: ['e-mail address', 'e-mail addresses'],
  iban: ['bank account number', 'bank account numbers'],
  national_id: ['national identity number', 'national identity numbers'],
  phone: ['phone number', 'phone numbers'],
  secret: ['secret', 'secrets'],
  jwt: ['access token', 'access tokens'],
};

export function describeExposure(campaign: Campaign<Exposure>): Statement {
  const { data } = campaign;
  const fallback = `value of kind ${data.kind.replaceAll('_', ' ')}`;
  const [one, many] = (KIND_NAMES as Readonly<Record<string, readonly [string, string]>>)[data.kind] ?? [
    fallback,
    `values of kind ${data.kind.replaceAll('_', ' ')}`,
  ];
  const share = data.hits / Math.max(1, data.responses);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const began = data.anonymous ? `returns ${many} without authentication` : `has begun to return ${many}`;
  const before = data.isNewRoute
    ? 'The route is new here'
    : `Of ${counted(data.pastResponses, 'response')} before, ${percent(data.usual)} at most held as much${data.anonymous ? ' for callers without authentication' : ''}`;
  const evidence: Evidence[] = [
    {
      name: 'responses_exposing',
      text: `${counted(data.hits, 'response')} of ${grouped(data.responses)} held ${many}; at most ${percent(data.usual)} usually do`,
      observed: share,
      expected: data.usual,
      unit: 'share',
      baseline: data.isNewRoute ? { of: 'prior', size: 0 } : { of: 'route', size: data.pastResponses },
      logLikelihood: data.nats,
    },
    {
      name: 'values_exposed',
      text: `${counted(data.values, one, many)} in these responses`,
      observed: data.values,
      expected: null,
      unit: 'values',
      baseline: null,
      logLikelihood: null,
    },
    {
      name: 'callers',
      text: `At least ${counted(data.callers, 'different caller')} had received them when it was noticed: ${data.readers.join(', ')}${data.callers > data.readers.length ? ', …' : ''}`,
      observed: data.callers,
      expected: null,
      unit: 'callers',
      baseline: null,
      logLikelihood: null,
    },
  ];
  const discounts: Discount[] = data.isNewRoute
    ? [{ reason: 'cold_start', text: 'the route is new, so nothing is known of what it usually returns', points: 10 }]
    : [];
  return {
    title: `${data.place} ${began}`,
    summary: `${data.place} ${began}: ${counted(data.hits, 'response')} of ${grouped(data.responses)} in ${duration(spanMs)}, ${counted(data.values, 'value')} in all. ${before}.`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: data.values,
    outcome: data.anonymous ? 'success' : 'partial',
    discounts,
  };
}
