import type { Discount, Evidence, Outcome } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { counted, duration, grouped, percent } from '../core/words.js';

/** Nats of each kind of evidence. */
export interface Nats {
  foreign: number;
  missed: number;
  unlisted: number;
  ordered: number;
  signs: number;
}

/** What is usual here, by kind of evidence. */
export interface Shares {
  foreign: number;
  missed: number;
  unlisted: number;
  ordered: number;
}

/** What is known of one walk, and the evidence as it stands. Plain data. */
export interface Walk {
  who: string;
  /** Others' objects, distinct owners, missed and all ids so far. */
  objects: number;
  foreign: number;
  owners: number[];
  missed: number;
  unlisted: number;
  /** Ids answered with an object, and those of them that are someone else's or were shown by no list. */
  found: number;
  taken: number;
  kind: string;
  readonly nats: Nats;
  readonly shares: Shares;
  size: number;
  fast: boolean;
  isNew: boolean;
  threshold: number;
  known: boolean;
}

/** Ownership and provenance speak about the same reads: the stronger counts. Misses and order are about others. */
export function totalNats({ foreign, missed, unlisted, ordered, signs }: Readonly<Nats>): number {
  const reads = Math.max(foreign, unlisted, 0);
  const sum = reads + Math.max(missed, 0) + ordered;
  return sum > 0 ? sum + signs : 0;
}

/** The walk in words. */
export function describeWalk(campaign: Campaign<Walk>): Statement {
  const { data } = campaign;
  const { nats, shares } = data;
  const { objects } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const baseline = { of: 'route', size: data.size } as const;
  const evidence: Evidence[] = [];
  const parts: string[] = [];
  if (data.owners.length > 0 && nats.foreign > 0) {
    const text = `${counted(data.owners.length, 'different owner')} of the objects asked for; usually ${percent(shares.foreign)} of first reads are of others' objects`;
    parts.push(`objects of ${counted(data.owners.length, 'different owner')}`);
    evidence.push({
      name: 'foreign_owners',
      text,
      observed: data.owners.length,
      expected: shares.foreign * Math.max(objects, data.owners.length),
      unit: 'owners',
      baseline,
      logLikelihood: nats.foreign >= nats.unlisted ? nats.foreign : null,
    });
  }
  if (data.missed > 0) {
    const tried = data.missed + data.found;
    parts.push(`${counted(data.missed, 'id')} refused or not found`);
    evidence.push({
      name: 'ids_missed',
      text: `${grouped(data.missed)} of ${counted(tried, 'id')} answered 403, 404 or 410; here ${percent(shares.missed)} usually are`,
      observed: data.missed,
      expected: shares.missed * tried,
      unit: 'ids',
      baseline,
      logLikelihood: nats.missed > 0 ? nats.missed : null,
    });
  }
  if (nats.unlisted > 0) {
    parts.push(`${counted(data.unlisted, 'id')} that no list had shown`);
    evidence.push({
      name: 'ids_not_listed',
      text: `${counted(data.unlisted, 'object')} read that no list had handed out to ${data.who}; here ${percent(shares.unlisted)} usually are`,
      observed: data.unlisted,
      expected: shares.unlisted * data.unlisted,
      unit: 'objects',
      baseline,
      logLikelihood: nats.unlisted > nats.foreign ? nats.unlisted : null,
    });
  }
  if (nats.ordered > 0) {
    evidence.push({
      name: 'ids_in_order',
      text: `ids were asked for in order, in steps of three at most; here ${percent(shares.ordered)} of steps usually are that small`,
      observed: objects,
      expected: null,
      unit: 'ids',
      baseline,
      logLikelihood: nats.ordered,
    });
  }
  if (nats.signs > 0) {
    const signs = [data.fast ? 'faster than one object a second' : '', data.isNew ? 'first seen here today' : ''];
    evidence.push({
      name: 'signs',
      text: signs.filter((sign) => sign !== '').join(', '),
      observed: signs.filter((sign) => sign !== '').length,
      expected: null,
      unit: 'signs',
      baseline: null,
      logLikelihood: nats.signs,
    });
  }
  const outcome: Outcome = data.taken > 0 ? 'success' : data.found > 0 ? 'partial' : 'none';
  const found =
    outcome === 'none'
      ? 'None was handed out.'
      : outcome === 'success'
        ? `${grouped(data.taken)} ${data.taken === 1 ? 'was' : 'were'} handed out: authorisation is probably missing.`
        : `${grouped(data.found)} ${data.found === 1 ? 'was' : 'were'} handed out.`;
  const discounts: Discount[] = data.known
    ? []
    : [{ reason: 'cold_start', text: 'still learning who reads which objects here', points: 10 }];
  return {
    title: `Object enumeration by ${data.who}`,
    summary: `${data.who} asked for ${counted(objects, 'object')} (${data.kind}) in ${duration(spanMs)}: ${parts.join(', ')}. ${found}`,
    evidence,
    logLikelihood: totalNats(nats),
    threshold: data.threshold,
    units: objects,
    outcome,
    discounts,
  };
}
