import type { Discount, Evidence, Outcome } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { bytesText, counted, duration } from '../core/words.js';

/**
 * What is new about an hour of bulk, as ln of the odds P(theft)/P(harmless hour of bulk): a route that the taker never
 * used and few like him use, .8/.02; one that many use, .5/.1; a network it never came from, .7/.05; from another network
 * than the only one so far, a person .7/.02, a program with a key .7/.005; pages larger than the largest ever, or than those of others, .6/.03; an
 * hour of the day in which a program never worked, .3/.01; first seen today, .5/.05.
 */
export const SIGN = {
  newRoute: 3.7,
  ordinaryRoute: 1.6,
  newNetwork: 2.6,
  leftNetwork: 3.6,
  keyElsewhere: 4.9,
  largePages: 3,
  largerThanPeers: 3,
  newHour: 3.4,
  newTaker: 2.3,
} as const;

export type Sign = keyof typeof SIGN;

const SIGN_TEXT: Readonly<Record<Sign, string>> = {
  newRoute: 'over a route that it never used before and few others use',
  ordinaryRoute: 'over a route that it never used before',
  newNetwork: 'from a network it never used before',
  leftNetwork: 'from another network than the one it always came from',
  keyElsewhere: 'from another network than the one that its owner always called from',
  largePages: 'in larger pages than ever',
  largerThanPeers: 'in pages larger than those of others in 999 of 1,000 hours',
  newHour: 'at an hour of the day at which it never worked before',
  newTaker: 'on the day it was first seen',
};

/** One haul as it is told. */
export interface Take {
  who: string;
  /** `burst`: one hour far beyond the past; `slow`: days of moderate rise. */
  kind: 'burst' | 'slow';
  bytes: number;
  pages: number;
  items: number;
  usualBytes: number;
  usualItems: number;
  ownWindows: number;
  peerWindows: number;
  peerMaximum: number;
  ownMaximum: number;
  nats: { volume: number; items: number; signs: number };
  signs: Sign[];
  threshold: number;
  mature: boolean;
  /** Someone with a past, from a network he always used. */
  isAtHome: boolean;
}

export function totalOf(take: Take): number {
  return take.nats.volume + take.nats.items + take.nats.signs;
}

/** So far beyond the threshold that nothing harmless is likely: what was taken counts as taken. */
const CERTAIN_NATS = 4;

export function describeTake(campaign: Campaign<Take>): Statement {
  const { data } = campaign;
  const total = totalOf(data);
  const usual = usualOf(data);
  const signs = data.signs.length === 0 ? '' : `, ${data.signs.map((sign) => SIGN_TEXT[sign]).join(', ')}`;
  const isBurst = data.kind === 'burst';
  return {
    title: isBurst && !data.isAtHome ? `Data exfiltration by ${data.who}` : `Unusual export by ${data.who}`,
    summary: isBurst
      ? `${data.who} took ${bytesText(data.bytes)} (${counted(data.items, 'record')}) with ${counted(data.pages, 'different request')} in ${duration(campaign.lastMs - campaign.firstMs)}${signs}; ${usual}.`
      : `${data.who} has taken more data and more pages than usual for days; ${usual}.`,
    evidence: evidenceOf(campaign, usual),
    logLikelihood: total,
    threshold: data.threshold,
    units: Math.max(1, data.bytes / 1_000_000),
    outcome: outcomeOf(data, total),
    discounts: discountsOf(data),
  };
}

function outcomeOf(data: Take, total: number): Outcome {
  // Volume and nothing else, or more at a time, is an unusual export, by someone whose work it may be.
  if (data.isAtHome && data.signs.every((sign) => sign === 'largePages')) return 'none';
  if (data.kind === 'slow') return 'partial';
  return !data.isAtHome && total >= data.threshold + CERTAIN_NATS ? 'success' : 'partial';
}

function usualOf(data: Take): string {
  if (data.ownMaximum === 0) return `999 of 1,000 hours of its peers stay below ${bytesText(data.peerMaximum)}`;
  return `usual for ${data.who}: ${bytesText(data.usualBytes)} per hour, at most ${bytesText(data.ownMaximum)} so far`;
}

function evidenceOf(campaign: Campaign<Take>, usual: string): Evidence[] {
  const { data } = campaign;
  const isBurst = data.kind === 'burst';
  const baseline =
    data.ownMaximum > 0
      ? ({ of: 'actor', size: data.ownWindows } as const)
      : ({ of: 'peers', size: data.peerWindows } as const);
  const evidence: Evidence[] = [
    {
      name: isBurst ? 'bytes_taken' : 'bytes_rise',
      text: isBurst
        ? `${bytesText(data.bytes)} taken in ${duration(campaign.lastMs - campaign.firstMs)}; ${usual}`
        : `for days more than usual was taken each day; ${usual}`,
      observed: data.bytes,
      expected: data.usualBytes,
      unit: 'bytes',
      baseline,
      logLikelihood: data.nats.volume,
    },
    {
      name: isBurst ? 'items_taken' : 'items_rise',
      text: `${counted(data.items, 'record')} in ${counted(data.pages, 'different request')}; usually ${counted(Math.round(data.usualItems), 'record')} an hour`,
      observed: data.items,
      expected: data.usualItems,
      unit: 'records',
      baseline,
      logLikelihood: data.nats.items > 0 ? data.nats.items : null,
    },
  ];
  for (const sign of data.signs) {
    evidence.push({
      name: `sign_${sign}`,
      text: SIGN_TEXT[sign],
      observed: 1,
      expected: null,
      unit: 'signs',
      baseline: null,
      logLikelihood: SIGN[sign],
    });
  }
  return evidence;
}

function discountsOf(data: Take): Discount[] {
  const discounts: Discount[] = [];
  if (!data.mature) {
    discounts.push({ reason: 'cold_start', text: 'less than a week of volumes is known here', points: 10 });
  }
  if (data.isAtHome) {
    discounts.push({
      reason: 'known_consumer',
      text: 'someone with a past, from where it always works: perhaps a new task',
      points: 15,
    });
  }
  return discounts;
}
