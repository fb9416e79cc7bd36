import type { Discount, Evidence } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, noteCompromised, noteRequest, type Statement } from '../core/campaigns.js';
import { hashText, type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { counted, duration, grouped, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { RelayHabits } from './relay-habits.js';
import { type Change, SessionHabits } from './session-habits.js';
import { addToParty, belongs, joinParties, newParty, type Party, SoftwareReader } from './session-parties.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A session is some twenty requests long. */
const UPDATES_PER_MILLION = 50_000;
/** Two parties take turns when each comes back within a quarter of an hour (reference 5.12). */
const TURN_MS = 15 * MINUTE_MS;
/** Coming back within that time: what two clients at work do in nine of ten cases, a device left behind in one of twenty. */
const TURN_NATS = nats(0.9, 0.05);
/** What a user of some days never used: a network, one request in ten of returning people; a device, one in twenty. */
const NOVEL_NATS = { network: nats(0.95, 0.1), device: nats(0.95, 0.05) } as const;
const PAST_MS = 3 * DAY_MS;
/** Requests of the second party before anyone is accused: by turns, and without them. */
const MIN_REQUESTS = { turns: 2, once: 5 } as const;
/** While the service is young, time for other sessions to show that a relay stands between. */
const YOUNG_HOLD_MS = 60 * MINUTE_MS;
const MANY_NETWORKS = 3;
const TAG = { session: 41, network: 42, device: 43, endpoint: 44 } as const;

/** Network, device and software of the session's last request. */
const SESSION_COLUMNS = { network: 'u32', device: 'u32', text: 'i32', family: 'i32', lastMs: 'f64' } as const;
const USER_COLUMNS = { firstMs: 'f64' } as const;

/** A session that has changed network or device. */
interface Note {
  readonly owner: Party;
  other: Party | null;
  change: Change;
  /** The party of the last request. */
  otherWasLast: boolean;
  /** Changes from one party to the other, each within a quarter of an hour of the last. */
  turns: number;
  /** Disjoint parties so far: with more than two it is a shared link or a farm, not a theft. */
  parties: number;
  /** Facts about the second party that its user had never shown before. */
  newNetwork: boolean;
  newDevice: boolean;
  otherSinceMs: number;
  /** Share of sessions that showed such a change before this one did. */
  share: number;
}

interface Hijack {
  who: string;
  change: Change;
  turns: number;
  newNetwork: boolean;
  newDevice: boolean;
  shareOfSessions: number;
  sessions: number;
  requests: number;
  answered: number;
  ownerQuietMs: number;
  nats: { change: number; turns: number; novel: number };
  threshold: number;
  young: boolean;
  endpoint: { hi: number; lo: number };
}

/**
 * Session hijack: one session used by two clients that have neither a network nor a device in common.
 *
 * Listens to requests with a session. Networks and devices of a session that hang together are one party: a phone that
 * goes from Wi-Fi to the carrier, a VPN switched on and off, a browser that updates itself, all stay one. A second party
 * is evidence by how rarely sessions here show one; more when the two take turns, when the user never used that network
 * or device before. A successful login inside the session starts it anew. API keys run from many places by design and
 * several devices with sessions of their own are no evidence, so without a session nothing is said.
 */
class SessionHijack implements Detector {
  readonly #threshold: Threshold;
  readonly #sessions: KeyTable<typeof SESSION_COLUMNS>;
  readonly #users: KeyTable<typeof USER_COLUMNS>;
  readonly #notes = new Map<number, Note>();
  /** (user, network) and (user, device) pairs of the last one to two months. */
  readonly #known: BloomGenerations;
  readonly #relays: RelayHabits;
  readonly #habits = new PerService(() => new SessionHabits());
  readonly #software = new SoftwareReader();
  readonly #campaigns: Campaigns<Hijack>;
  readonly #key = newKey();
  readonly #scratch = newKey();

  constructor(parts: Parts, room: Room) {
    this.#threshold = parts.sensitivity.threshold('session_hijack', UPDATES_PER_MILLION);
    this.#sessions = new KeyTable({
      name: 'sessions',
      maxKeys: room.keys,
      ttlMs: 7 * DAY_MS,
      columns: SESSION_COLUMNS,
    });
    this.#sessions.onRemove = (slot) => this.#notes.delete(slot);
    this.#users = new KeyTable({
      name: 'session users',
      maxKeys: room.keys,
      ttlMs: 30 * DAY_MS,
      columns: USER_COLUMNS,
    });
    this.#known = new BloomGenerations({ keys: room.keys * 4, generations: 2, generationMs: 30 * DAY_MS });
    this.#relays = new RelayHabits(Math.ceil(room.keys / 10));
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'session_hijack',
      idleMs: 30 * MINUTE_MS,
      describe,
      confirm: (campaign, nowMs) => {
        if (this.#relays.isRelay(campaign.data.endpoint, nowMs, true)) return false;
        this.#relays.accuse(campaign.data.endpoint, nowMs);
        return true;
      },
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#sessions, this.#users, this.#relays.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.session === '' || event.actorKind === 'api_key' || !facts.hasSource) return;
    hashText(event.session, 0, this.#scratch);
    mixKeys(TAG.session, facts.service, this.#scratch, this.#key);
    const slot = this.#sessions.open(this.#key, atMs);
    const { network, device, lastMs } = this.#sessions.columns;
    const from = facts.prefix.lo >>> 0;
    const by = facts.client.lo >>> 0;
    if (this.#sessions.fresh) {
      this.#habits.of(event.service).session(atMs);
      this.#learnUser(facts);
      this.#moveTo(slot, facts);
      return;
    }
    if (network[slot] === from && device[slot] === by && (this.#notes.size === 0 || !this.#notes.has(slot))) {
      lastMs[slot] = atMs;
      return;
    }
    if (event.authEvent === 'login' && event.authOutcome === 'success') {
      this.#notes.delete(slot);
      this.#learnUser(facts);
      this.#moveTo(slot, facts);
      return;
    }
    this.#attribute(slot, facts, from, by);
    this.#moveTo(slot, facts);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      sessions: this.#sessions.save(),
      users: this.#users.save(),
      notes: this.#notes,
      known: this.#known.save(),
      relays: this.#relays.save(),
      habits: this.#habits.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#sessions.load(from.sessions);
    this.#users.load(from.users);
    for (const [slot, note] of from.notes as Map<number, Note>) this.#notes.set(slot, note);
    this.#known.load(from.known);
    this.#relays.load(from.relays);
    this.#habits.load(from.habits);
    this.#campaigns.load(from.campaigns);
  }

  /** Finds out which party sent the request. */
  #attribute(slot: number, facts: Facts, network: number, device: number): void {
    const { atMs, event } = facts;
    const note = this.#note(slot);
    const { owner, other } = note;
    const isOwner = belongs(owner, network, device);
    const isOther = other !== null && belongs(other, network, device);
    const campaign = this.#campaigns.find(event.service, campaignKey, facts);
    if (isOwner && isOther && campaign === undefined) {
      joinParties(owner, other);
      note.other = null;
      note.turns = 0;
      note.parties--;
      this.#habits.of(event.service).forget(note.change);
    }
    if (isOwner) {
      if (note.other !== null && note.otherWasLast) this.#turn(note, note.other.lastMs, atMs);
      note.otherWasLast = false;
      addToParty(owner, network, device, atMs);
      this.#learnUser(facts);
      if (campaign !== undefined) campaign.data.turns = Math.max(campaign.data.turns, note.turns);
      return;
    }
    if (!isOther) this.#newParty(note, facts, network, device);
    else if (!note.otherWasLast) this.#turn(note, owner.lastMs, atMs);
    const second = note.other!;
    note.otherWasLast = true;
    addToParty(second, network, device, atMs);
    second.requests++;
    if (event.status >= 200 && event.status < 400) second.answered++;
    if (campaign !== undefined) this.#continue(campaign, note, facts);
    else this.#weigh(note, facts);
  }

  #turn(note: Note, lastOfOtherMs: number, atMs: number): void {
    note.turns = Math.abs(atMs - lastOfOtherMs) <= TURN_MS ? note.turns + 1 : 1;
  }

  #newParty(note: Note, facts: Facts, network: number, device: number): void {
    const { atMs, event } = facts;
    const software = this.#software.read(event.userAgent);
    note.other = newParty(network, device, software, atMs);
    note.parties++;
    note.otherSinceMs = atMs;
    note.turns = 1;
    const own = note.owner.software;
    note.change = software.family === own.family && software.text !== own.text ? 'update' : 'stranger';
    const user = this.#users.find(facts.who, atMs);
    const hasPast = user >= 0 && atMs - this.#users.columns.firstMs[user]! >= PAST_MS;
    note.newNetwork = hasPast && !this.#isKnown(TAG.network, facts);
    note.newDevice = hasPast && !this.#isKnown(TAG.device, facts);
    const habits = this.#habits.of(event.service);
    note.share = habits.share(note.change);
    habits.changed(note.change);
    hashText(event.session, 1, this.#scratch);
    this.#relays.learn(this.#endpoint(facts), this.#scratch.lo, atMs);
  }

  #weigh(note: Note, facts: Facts): void {
    const { event, atMs } = facts;
    const second = note.other!;
    if (note.parties > 2 || second.requests < (note.turns > 1 ? MIN_REQUESTS.turns : MIN_REQUESTS.once)) return;
    // Of a session that changes networks all the time a new one says nothing: an update explains the rest.
    if (note.change === 'update' && note.owner.networks.length >= MANY_NETWORKS) return;
    const habits = this.#habits.of(event.service);
    const evidence = {
      change: nats(0.97, note.share),
      turns: Math.max(0, note.turns - 1) * TURN_NATS,
      novel: (note.newNetwork ? NOVEL_NATS.network : 0) + (note.newDevice ? NOVEL_NATS.device : 0),
    };
    // A browser that was updated on the way is a new device in a new place as well: only turns tell.
    if (note.change === 'update') evidence.novel = 0;
    if (evidence.change + evidence.turns + evidence.novel < this.#threshold.of(event.service)) return;
    const endpoint = { ...this.#endpoint(facts) };
    const young = habits.isYoung(atMs);
    if (this.#relays.isRelay(endpoint, atMs, young)) return;
    if (!young) this.#relays.accuse(endpoint, atMs);
    habits.forget(note.change);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: campaignKey(facts),
      atMs,
      holdMs: young ? YOUNG_HOLD_MS : 0,
      data: {
        who: event.actorKind === 'user' ? `user ${shortName(event.actor)}` : `session ${shortName(event.session)}`,
        change: note.change,
        turns: note.turns,
        newNetwork: note.newNetwork,
        newDevice: note.newDevice,
        shareOfSessions: note.share,
        sessions: habits.size,
        requests: second.requests - 1,
        answered: second.answered,
        ownerQuietMs: atMs - note.owner.lastMs,
        nats: evidence,
        threshold: this.#threshold.of(event.service),
        young,
        endpoint,
      },
    });
    campaign.firstMs = Math.min(note.otherSinceMs, atMs);
    campaign.requests = second.requests - 1;
    addToTally(campaign.targets, `session:${event.session}`);
    this.#continue(campaign, note, facts);
  }

  /** A request of the second party of an accused session. */
  #continue(campaign: Campaign<Hijack>, note: Note, facts: Facts): void {
    const { event, atMs } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    data.requests++;
    data.answered = note.other!.answered;
    data.turns = Math.max(data.turns, note.turns);
    data.nats.turns = Math.max(data.nats.turns, (data.turns - 1) * TURN_NATS);
    const entered = event.actor !== '' && data.answered > 0 && noteCompromised(campaign, event.actor);
    this.#campaigns.touch(campaign, atMs, entered);
  }

  #note(slot: number): Note {
    let note = this.#notes.get(slot);
    if (note === undefined) {
      const { network, device, text, family, lastMs } = this.#sessions.columns;
      const software = { text: text[slot]!, family: family[slot]! };
      note = {
        owner: newParty(network[slot]!, device[slot]!, software, lastMs[slot]!),
        other: null,
        change: 'update',
        otherWasLast: false,
        turns: 0,
        parties: 1,
        newNetwork: false,
        newDevice: false,
        otherSinceMs: 0,
        share: 1,
      };
      this.#notes.set(slot, note);
    }
    return note;
  }

  #moveTo(slot: number, facts: Facts): void {
    const { columns } = this.#sessions;
    const software = this.#software.read(facts.event.userAgent);
    columns.network[slot] = facts.prefix.lo;
    columns.device[slot] = facts.client.lo;
    columns.text[slot] = software.text;
    columns.family[slot] = software.family;
    columns.lastMs[slot] = facts.atMs;
  }

  #learnUser(facts: Facts): void {
    const { atMs } = facts;
    const user = this.#users.open(facts.who, atMs);
    if (this.#users.fresh) this.#users.columns.firstMs[user] = atMs;
    mixKeys(TAG.network, facts.who, facts.prefix, this.#key);
    this.#known.put(this.#key, atMs);
    mixKeys(TAG.device, facts.who, facts.client, this.#key);
    this.#known.put(this.#key, atMs);
  }

  #isKnown(tag: number, facts: Facts): boolean {
    mixKeys(tag, facts.who, tag === TAG.network ? facts.prefix : facts.client, this.#key);
    return this.#known.has(this.#key);
  }

  #endpoint(facts: Facts): Key {
    mixKeys(TAG.endpoint, facts.prefix, facts.client, this.#key);
    return this.#key;
  }
}

function campaignKey(facts: Facts): string {
  return `session:${facts.event.session}`;
}

function describe(campaign: Campaign<Hijack>): Statement {
  const { data } = campaign;
  const { nats: weight } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const isTurns = data.turns > 1;
  const what =
    data.change === 'update'
      ? 'another version of its software, in another network'
      : 'another kind of client, in another network';
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
  if (weight.novel > 0) {
    const novel = [data.newNetwork ? 'network' : '', data.newDevice ? 'client' : ''].filter((one) => one !== '');
    evidence.push({
      name: 'new_to_user',
      text: `Its user had never used this ${novel.join(' or this ')} before`,
      observed: novel.length,
      expected: null,
      unit: 'signs',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: weight.novel,
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
    logLikelihood: weight.change + weight.turns + weight.novel,
    threshold: data.threshold,
    units: Math.max(1, data.answered),
    outcome: data.answered > 0 ? 'success' : 'none',
    discounts,
  };
}

export const sessionHijack: DetectorDefinition = {
  type: 'session_hijack',
  create: (parts, room) => new SessionHijack(parts, room),
};
