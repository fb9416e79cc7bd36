import type { Discount, Evidence } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { counted, duration, grouped, shortName } from '../core/words.js';
import type { Facts } from '../parts/facts.js';
import type { SensitiveKind } from '../parts/sensitive-actions.js';
import { type HijackNats, total } from './session-evidence.js';
import type { Change } from './session-habits.js';
import type { Note } from './session-parties.js';

const WHAT: Readonly<Record<Change, string>> = {
  stranger: 'another kind of client, in another network',
  disguise: 'a client of the same name that writes its requests differently, in another network',
  update: 'another version of its software, in another network',
};

export interface Hijack {
  who: string;
  change: Change;
  /** What the second client did that thieves do, or ''. */
  kind: SensitiveKind | '';
  turns: number;
  newNetwork: boolean;
  newDevice: boolean;
  shareOfSessions: number;
  sessions: number;
  requests: number;
  answered: number;
  ownerQuietMs: number;
  readonly nats: HijackNats;
  threshold: number;
  young: boolean;
  endpoint: { hi: number; lo: number };
}

/** What is known of a theft when it is first said. */
export function hijackOf(
  facts: Facts,
  note: Readonly<Note>,
  why: Pick<Hijack, 'threshold' | 'sessions' | 'young' | 'endpoint'> & { readonly evidence: HijackNats },
): Hijack {
  const { event } = facts;
  const second = note.other!;
  const { threshold, sessions, young, endpoint } = why;
  return {
    who: event.actorKind === 'user' ? `user ${shortName(event.actor)}` : `session ${shortName(event.session)}`,
    change: note.change,
    kind: note.kind,
    turns: note.turns,
    newNetwork: note.newNetwork,
    newDevice: note.newDevice,
    shareOfSessions: note.share,
    sessions,
    requests: second.requests - 1,
    answered: second.answered,
    ownerQuietMs: facts.atMs - note.owner.lastMs,
    nats: why.evidence,
    threshold,
    young,
    endpoint,
  };
}

export function describeHijack(campaign: Campaign<Hijack>): Statement {
  const { data } = campaign;
  const { nats: weight } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const isTurns = data.turns > 1;
  const what = WHAT[data.change];
  const baseline =
    data.sessions === 0 ? ({ of: 'prior', size: 0 } as const) : ({ of: 'service', size: data.sessions } as const);
  const evidence: Evidence[] = [
    {
      name: 'second_client',
      text: `The session was used by ${what}; of 10,000 sessions here about ${grouped(data.shareOfSessions * 10_000)} change both at once`,
      observed: 1,
      expected: data.shareOfSessions,
      unit: 'share',
      baseline,
      logLikelihood: weight.change,
    },
  ];
  if (isTurns) {
    evidence.push({
      name: 'turns',
      text: `The two clients took turns ${counted(data.turns, 'time')}, each within a quarter of an hour`,
      observed: data.turns,
      expected: 1,
      unit: 'turns',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: weight.turns,
    });
  }
  if (weight.novel !== 0) {
    const text =
      data.newNetwork && data.newDevice
        ? 'Its user had never used this network or this client before'
        : `Its user had never used this ${data.newNetwork ? 'network' : 'client'} before, but had used this ${data.newNetwork ? 'client' : 'network'}`;
    evidence.push({
      name: 'new_to_user',
      text: data.newNetwork || data.newDevice ? text : 'Its user had used this network and this client before',
      observed: Number(data.newNetwork) + Number(data.newDevice),
      expected: null,
      unit: 'signs',
      baseline,
      logLikelihood: weight.novel,
    });
  }
  if (data.kind !== '') {
    evidence.push({
      name: 'sensitive_action',
      text: `The second client went on to what thieves do: ${data.kind}`,
      observed: 1,
      expected: null,
      unit: 'actions',
      baseline: null,
      logLikelihood: weight.action,
    });
  }
  const manner = isTurns
    ? `in turns with the first client (${counted(data.turns, 'change')})`
    : `${duration(Math.max(0, data.ownerQuietMs))} after the first client’s last request, without a new login`;
  const answered =
    data.answered === 0
      ? 'None of them was answered.'
      : `${grouped(data.answered)} of them ${data.answered === 1 ? 'was' : 'were'} answered.`;
  const discounts: Discount[] = data.young
    ? [{ reason: 'cold_start', text: 'less than a day of sessions is known here', points: 10 }]
    : [];
  return {
    title: `Session of ${data.who} used by a second client`,
    summary: `A session of ${data.who} was used by ${what}, ${manner}. The second client sent ${counted(data.requests, 'request')} in ${duration(spanMs)}. ${answered}`,
    evidence,
    logLikelihood: total(weight),
    threshold: data.threshold,
    units: Math.max(1, data.answered),
    outcome: data.answered === 0 ? 'none' : data.kind === '' ? 'success' : 'success_followed',
    discounts,
  };
}
