import type { Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { counted, duration, grouped, percent } from '../core/words.js';

/** From this share of the service's time on others feel it. */
export const HEAVY_SHARE = 0.2;
export const SLOWED = 1.3;
/** One taker of capacity, as it is told. */
export interface Load {
  who: string;
  perMinute: number;
  peerPerMinute: number;
  peerMinutes: number;
  busyMs: number;
  peerBusyMs: number;
  ownPerMinute: number;
  serviceShare: number;
  routeShare: number;
  route: string;
  minutes: number;
  nats: number;
  threshold: number;
  /** How many times as long as usual the requests of others took. */
  slowdown: number;
}

export function describeLoad(campaign: Campaign<Load>): Statement {
  const { data } = campaign;
  const taken = data.busyMs > 0 ? `, and took ${percent(data.serviceShare)} of the service's time` : '';
  const usual = data.ownPerMinute > 0 ? `; its own largest minute so far had ${grouped(data.ownPerMinute)}` : '';
  const evidence: Evidence[] = [
    {
      name: 'requests_per_minute',
      text: `${counted(data.perMinute, 'request')} in one minute; 999 in 1,000 minutes of others have at most ${grouped(data.peerPerMinute)}${usual}`,
      observed: data.perMinute,
      expected: data.peerPerMinute,
      unit: 'per minute',
      baseline: { of: 'peers', size: data.peerMinutes },
      logLikelihood: data.nats,
    },
    {
      name: 'service_time',
      text: `${duration(data.busyMs)} of service time in one minute, ${percent(data.serviceShare)} of all; 999 in 1,000 minutes of others take at most ${duration(data.peerBusyMs)}`,
      observed: data.busyMs,
      expected: data.peerBusyMs,
      unit: 'ms',
      baseline: { of: 'peers', size: data.peerMinutes },
      logLikelihood: null,
    },
  ];
  if (data.slowdown >= SLOWED) {
    evidence.push({
      name: 'others_slowed',
      text: `Requests of others took ${grouped(data.slowdown)} times as long as usual`,
      observed: data.slowdown,
      expected: 1,
      unit: 'times',
      baseline: null,
      logLikelihood: null,
    });
  }
  return {
    title: `Rate abuse by ${data.who}`,
    summary: `${data.who} sent ${counted(campaign.requests, 'request')} in ${duration(campaign.lastMs - campaign.firstMs)}, up to ${grouped(data.perMinute)} a minute, mostly ${data.route}${taken}; 999 in 1,000 minutes of others have at most ${counted(data.peerPerMinute, 'request')}.`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: Math.max(1, campaign.requests),
    // What nobody feels is low, whoever it is: a load test looks like that, and anybody can write its name.
    outcome: data.slowdown >= SLOWED ? 'partial' : 'none',
    discounts: [],
  };
}
