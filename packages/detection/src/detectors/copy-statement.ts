import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { countDistinct, type Distinct } from '../core/distinct.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import { type CopyNats, totalCopyNats } from './copy-evidence.js';

/** What is known of one copy of a catalogue. Plain data. */
export interface Copy {
  who: string;
  scope: 'reader' | 'software';
  /** Kinds of software that take part. */
  readonly clients: string[];
  kind: string;
  items: Distinct;
  /** Items before the names were kept. */
  before: number;
  reads: number;
  catalogue: number;
  peerReads: number;
  peerDays: number;
  ownItems: number;
  gapMs: number;
  readonly nats: CopyNats;
  threshold: number;
  isCrawler: boolean;
  known: boolean;
}

/** The copy in words. */
export function describeCopy(campaign: Campaign<Copy>): Statement {
  const { data } = campaign;
  const { nats } = data;
  const items = data.before + countDistinct(data.items);
  const share = Math.min(1, items / Math.max(data.catalogue, items));
  const spanMs = campaign.lastMs - campaign.firstMs;
  const evidence: Evidence[] = [];
  const usual =
    data.peerReads > 0
      ? `; 999 in 1,000 readers read at most ${grouped(data.peerReads)} a day`
      : '; how much others read in a day is not known yet';
  if (data.scope === 'reader') {
    evidence.push({
      name: 'items_read',
      text: `${counted(items, 'different item')} read${usual}`,
      observed: items,
      expected: data.peerReads > 0 ? data.peerReads : null,
      unit: 'items',
      baseline: data.peerReads > 0 ? { of: 'peers', size: data.peerDays } : { of: 'prior', size: 0 },
      logLikelihood: nats.volume,
    });
  }
  evidence.push({
    name: 'items_repeated',
    text: `${counted(items, 'different item')} in ${counted(data.reads, 'read')} out of ${grouped(data.catalogue)} known: a crowd would have read ${grouped((data.reads * data.reads) / (2 * Math.max(1, data.catalogue)))} of them again`,
    observed: Math.max(0, data.reads - items),
    expected: (data.reads * data.reads) / (2 * Math.max(1, data.catalogue)),
    unit: 'reads',
    baseline: { of: 'route', size: data.catalogue },
    logLikelihood: nats.overlap,
  });
  if (nats.order > 0) {
    evidence.push({
      name: 'items_in_order',
      text: 'Items were read in the order of their ids',
      observed: items,
      expected: null,
      unit: 'items',
      baseline: null,
      logLikelihood: nats.order,
    });
  }
  if (nats.steady > 0) {
    evidence.push({
      name: 'no_pause',
      text: `One read every ${duration(Math.max(1_000, data.gapMs))} on average, with hardly a pause of five minutes`,
      observed: data.gapMs,
      expected: null,
      unit: 'ms',
      baseline: null,
      logLikelihood: nats.steady,
    });
  }
  if (nats.pace > 0) {
    evidence.push({
      name: 'no_reading_time',
      text: 'Most items were asked for within 1.5 s of the one before',
      observed: data.gapMs,
      expected: null,
      unit: 'ms',
      baseline: null,
      logLikelihood: nats.pace,
    });
  }
  const discounts: Discount[] = [];
  if (data.isCrawler) {
    discounts.push({
      reason: 'known_consumer',
      text: 'The client says that it is a crawler and keeps a crawler’s pace',
      points: 15,
    });
  }
  if (!data.known)
    discounts.push({ reason: 'cold_start', text: 'How much readers read in a day is not known yet', points: 10 });
  const sources = tallySize(campaign.sources);
  const from = sources > 1 ? ` from ${counted(sources, 'address', 'addresses')}` : '';
  return {
    title: `Scraping by ${data.who}`,
    summary: `${data.who} read ${counted(items, 'different item')} (${data.kind}), ${percent(share)} of those known, in ${duration(spanMs)}${from}${data.scope === 'reader' ? usual : ', next to none of them twice'}.`,
    evidence,
    logLikelihood: totalCopyNats(nats),
    threshold: data.threshold,
    units: Math.max(1, items),
    outcome: 'partial',
    discounts,
  };
}
