import { type Campaign, Campaigns, noteCompromised, noteRequest } from '../core/campaigns.js';
import { hashText, type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { PerService } from '../core/per-service.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { Pasts } from '../parts/pasts.js';
import { type SensitiveActions, sensitiveKindOf, sensitivePlaceOf } from '../parts/sensitive-actions.js';
import { RelayHabits } from './relay-habits.js';
import { HijackEvidence, total, turnNats } from './session-evidence.js';
import { SessionHabits } from './session-habits.js';
import { addToParty, belongs, joinParties, type Note, newNote, newParty, SoftwareReader } from './session-parties.js';
import { describeHijack, type Hijack, hijackOf } from './session-statement.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A session is some twenty requests long. */
const UPDATES_PER_MILLION = 50_000;
/** Two parties take turns when each comes back within a quarter of an hour (reference 5.12). */
const TURN_MS = 15 * MINUTE_MS;
/** Requests of the second party before anyone is accused: by turns, and without them. */
const MIN_REQUESTS = { turns: 2, once: 5 } as const;
/** While the service is young, time for other sessions to show that a relay stands between. */
const YOUNG_HOLD_MS = 60 * MINUTE_MS;
const MANY_NETWORKS = 3;
const TAG = { session: 41, endpoint: 44 } as const;

/** Network, device and software of the session's last request. */
const SESSION_COLUMNS = { network: 'u32', device: 'u32', text: 'i32', family: 'i32', lastMs: 'f64' } as const;

/**
 * Session hijack: one session used by two clients that have neither a network nor a device in common.
 *
 * Listens to requests with a session. Networks and devices of a session that hang together are one party: a phone that
 * goes from Wi-Fi to the carrier, a VPN switched on and off, a browser that updates itself, all stay one. A second party
 * is evidence by how rarely sessions here show one; more when the two take turns, when the user never used that network
 * or device before, or does at once what thieves do. A successful login inside the session starts it anew. API keys run from many places by design and
 * several devices with sessions of their own are no evidence, so without a session nothing is said.
 */
class SessionHijack implements Detector {
  readonly #threshold: Threshold;
  readonly #sessions: KeyTable<typeof SESSION_COLUMNS>;
  readonly #notes = new Map<number, Note>();
  readonly #pasts: Pasts;
  readonly #actions: SensitiveActions;
  readonly #evidence: HijackEvidence;
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
      maxKeys: room.active,
      ttlMs: 7 * DAY_MS,
      columns: SESSION_COLUMNS,
    });
    this.#sessions.onRemove = (slot) => this.#notes.delete(slot);
    this.#pasts = parts.pasts;
    this.#actions = parts.actions;
    this.#evidence = new HijackEvidence(parts.without);
    this.#relays = new RelayHabits(Math.ceil(room.active / 20));
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'session_hijack',
      idleMs: 30 * MINUTE_MS,
      describe: describeHijack,
      confirm: (campaign, nowMs) => {
        if (this.#relays.isRelay(campaign.data.endpoint, nowMs, true)) return false;
        this.#relays.accuse(campaign.data.endpoint, nowMs);
        return true;
      },
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#sessions, this.#relays.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.session === '' || event.actorKind === 'api_key' || !facts.hasSource) return;
    hashText(event.session, 0, this.#scratch);
    mixKeys(TAG.session, facts.service, this.#scratch, this.#key);
    const isLogin = event.authEvent === 'login' && event.authOutcome === 'success';
    // Whose the session is that a login begins shows in the next request: it begins there.
    if (isLogin && event.actorKind !== 'user' && this.#sessions.find(this.#key, atMs) < 0) return;
    const slot = this.#sessions.open(this.#key, atMs);
    const { network, device, lastMs } = this.#sessions.columns;
    const from = facts.prefix.lo >>> 0;
    const by = facts.client.lo >>> 0;
    if (this.#sessions.fresh) {
      this.#habits.of(event.service).session(atMs);
      this.#actions.visit(event.service);
      this.#pasts.began(facts);
      this.#moveTo(slot, facts);
      return;
    }
    if (Math.floor(lastMs.get(slot) / DAY_MS) !== Math.floor(atMs / DAY_MS)) this.#actions.visit(event.service);
    if (network[slot] === from && device[slot] === by && (this.#notes.size === 0 || !this.#notes.has(slot))) {
      lastMs.set(slot, atMs);
      return;
    }
    if (isLogin) {
      this.#notes.delete(slot);
      this.#pasts.learn(facts);
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
      notes: this.#notes,
      relays: this.#relays.save(),
      habits: this.#habits.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#sessions.load(from.sessions);
    for (const [slot, note] of from.notes as Map<number, Note>) this.#notes.set(slot, note);
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
      this.#pasts.learn(facts);
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
    if (note.kind === '') {
      note.kind = sensitiveKindOf(event);
      if (note.kind !== '') note.actionRate = this.#actions.of(event.service, sensitivePlaceOf(event)).rate;
    }
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
    note.change = software.text === own.text ? 'disguise' : software.family === own.family ? 'update' : 'stranger';
    const novelty = this.#pasts.novelty(facts);
    note.hasPast = novelty.hasPast;
    note.newNetwork = novelty.network;
    note.newDevice = novelty.device;
    note.kind = '';
    note.actionRate = 1;
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
    const threshold = this.#threshold.of(event.service);
    const evidence = this.#evidence.of(note, this.#pasts.habits.of(event.service));
    if (total(evidence) < threshold) return;
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
      data: hijackOf(facts, note, { evidence, threshold, sessions: habits.size, young, endpoint }),
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
    data.kind = note.kind;
    data.turns = Math.max(data.turns, note.turns);
    data.nats.turns = Math.max(data.nats.turns, turnNats(data.turns));
    const entered = event.actor !== '' && data.answered > 0 && noteCompromised(campaign, event.actor);
    this.#campaigns.touch(campaign, atMs, entered);
  }

  #note(slot: number): Note {
    let note = this.#notes.get(slot);
    if (note === undefined) {
      const { network, device, text, family, lastMs } = this.#sessions.columns;
      const software = { text: text[slot]!, family: family[slot]! };
      note = newNote(newParty(network[slot]!, device[slot]!, software, lastMs.get(slot)));
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
    columns.lastMs.set(slot, facts.atMs);
  }

  #endpoint(facts: Facts): Key {
    mixKeys(TAG.endpoint, facts.prefix, facts.client, this.#key);
    return this.#key;
  }
}

function campaignKey(facts: Facts): string {
  return `session:${facts.event.session}`;
}

export const sessionHijack: DetectorDefinition = {
  type: 'session_hijack',
  create: (parts, room) => new SessionHijack(parts, room),
};
