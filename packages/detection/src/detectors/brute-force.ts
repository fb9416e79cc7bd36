import { type Campaign, Campaigns, noteCompromised, noteRequest } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { bitsIn, GuessHands } from './guess-hands.js';
import { type GuessNotes, noteGuess, noteName } from './guess-notes.js';
import { type BruteData, describeGuesses } from './guess-statement.js';
import { factorFor, GUESS_NATS, type Guesses, guessingNats } from './guesses.js';

const DAY_MS = 86_400_000;
/** Logins are one request in twenty (reference 3.3), and each is a contact of one account. */
const UPDATES_PER_MILLION = 50_000;
const IDLE_MS = DAY_MS / 48;
const FORGET_MS = 7 * DAY_MS;
/** Fifty guesses in seven days are the slowest attack looked for (reference 5.2): slower evidence drains away. */
const LEAK_PER_MS = (50 * GUESS_NATS.elsewhere) / (7 * DAY_MS);
/** Below ten guesses nobody is accused, and who gets in after so many was the owner (reference 5.2, 5.4). */
const MIN_GUESSES = 10;

const COLUMNS = {
  nats: 'f32',
  guesses: 'u32',
  /** Guesses with neither a network nor a client that the account is used with. */
  strange: 'u32',
  failures: 'u32',
  /** Linear-counting map of the networks that guesses came from. */
  networks: 'u32',
  firstMs: 'f64',
  drainedMs: 'f64',
  excusedDay: 'u32',
  accused: 'u32',
} as const;

/**
 * Brute force: many different guesses at the password of one account, from one source or from many, fast or over days.
 *
 * What counts is a guess that differs from those before (see guess-hands.ts); nats add up (guesses.ts) and drain at the rate
 * of the slowest attack looked for. A login, or a new password, by a client that made ten guesses or fewer takes them
 * back: it was the owner. Refusals because of a lock count as failures.
 */
class BruteForce implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #accounts: KeyTable<typeof COLUMNS>;
  readonly #hands: GuessHands;
  readonly #notes: GuessNotes = new Map();
  readonly #campaigns: Campaigns<BruteData>;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('brute_force', UPDATES_PER_MILLION);
    this.#accounts = new KeyTable({
      name: 'guessed accounts',
      maxKeys: room.keys,
      ttlMs: FORGET_MS,
      columns: COLUMNS,
    });
    this.#accounts.onRemove = (slot) => this.#notes.delete(slot);
    this.#hands = new GuessHands({ maxKeys: room.keys, ttlMs: FORGET_MS }, parts.without);
    this.#campaigns = new Campaigns(parts.agenda, { type: 'brute_force', idleMs: IDLE_MS, describe: describeGuesses });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#accounts, this.#hands.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { login, event } = facts;
    if (login.active && login.hasId) {
      if (login.ok) this.#succeeded(facts);
      else this.#failed(facts);
    } else if (event.authEvent === 'reset' && event.authOutcome === 'success' && event.authIdentifier !== '') {
      this.#excuse(facts);
    }
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      accounts: this.#accounts.save(),
      hands: this.#hands.save(),
      notes: this.#notes,
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { accounts: unknown; hands: unknown; notes: GuessNotes; campaigns: unknown };
    this.#accounts.load(from.accounts);
    this.#hands.load(from.hands);
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#campaigns.load(from.campaigns);
  }

  #failed(facts: Facts): void {
    const { event, login, atMs } = facts;
    // What belongs to a list of accounts is no attack on this one.
    if (facts.tainted) return;
    let slot = this.#accounts.find(login.id, atMs);
    // The first slip where the account is used opens no row.
    if (slot < 0 && login.knownPair && login.contact === 'first') return;
    slot = this.#accounts.open(login.id, atMs);
    const { columns } = this.#accounts;
    if (this.#accounts.fresh) {
      columns.firstMs.set(slot, atMs);
      columns.drainedMs.set(slot, atMs);
    }
    const campaign = this.#campaignOf(slot, facts);
    this.#drain(slot, atMs);
    columns.failures[slot]!++;
    const nats = this.#hands.weigh(facts, this.#isMature(event.service));
    if (nats > 0) {
      columns.nats[slot]! += nats;
      columns.guesses[slot]!++;
      if (!login.knownPair && !login.knownClient) columns.strange[slot]!++;
      columns.networks[slot] = columns.networks[slot]! | (1 << (facts.prefix.lo & 31));
      this.#accounts.suspicion[slot] = columns.nats[slot]!;
    }
    if (campaign !== undefined) {
      this.#continue(campaign, slot, facts);
      return;
    }
    if (columns.failures[slot]! > 1) noteGuess(this.#notes, slot, facts);
    if (nats > 0 && columns.guesses[slot]! >= MIN_GUESSES) this.#judge(slot, facts);
  }

  #judge(slot: number, facts: Facts): void {
    const { event, atMs } = facts;
    const guesses = this.#guesses(slot, facts);
    const threshold = this.#threshold.of(event.service) * factorFor(guesses);
    const evidence = guessingNats(guesses);
    if (evidence < threshold) return;
    // While the login service itself is broken, everyone fails and tries again.
    if (this.#parts.logins.services.of(event.service).isDegraded(this.#parts.agenda.nowMs)) return;
    const note = noteGuess(this.#notes, slot, facts);
    const { columns } = this.#accounts;
    columns.accused[slot] = 1;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: `account:${event.authIdentifier}`,
      atMs,
      holdMs: 0,
      data: {
        ...guesses,
        account: event.authIdentifier,
        guesses: columns.guesses[slot]!,
        evidence,
        threshold,
        clients: note.clients,
      },
    });
    campaign.firstMs = Math.min(columns.firstMs.get(slot), atMs);
    campaign.requests = columns.failures[slot]!;
    for (const name of note.sources) addToTally(campaign.sources, name);
    for (const name of note.routes) addToTally(campaign.routes, name);
    addToTally(campaign.targets, `account:${event.authIdentifier}`);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
    this.#tellTakeovers(facts, note.sources, { nats: evidence, threshold, firstMs: campaign.firstMs });
  }

  #tellTakeovers(
    facts: Facts,
    sources: readonly string[],
    evidence: { readonly nats: number; readonly threshold: number; readonly firstMs: number },
  ): void {
    const { event, atMs } = facts;
    this.#parts.suspects.accuse({
      type: 'brute_force',
      service: event.service,
      campaignKey: `account:${event.authIdentifier}`,
      sources,
      clientName: null,
      account: event.authIdentifier,
      atMs,
      ...evidence,
    });
  }

  #continue(campaign: Campaign<BruteData>, slot: number, facts: Facts): void {
    const { event, atMs, login } = facts;
    // The owner's own slips meanwhile are no part of it.
    if (login.knownPair && login.knownClient) return;
    facts.tainted = true;
    noteRequest(campaign, event);
    const { data } = campaign;
    Object.assign(data, this.#guesses(slot, facts));
    data.guesses = this.#accounts.columns.guesses[slot]!;
    data.evidence = Math.max(data.evidence, guessingNats(data));
    noteName(data.clients, facts.clientName);
    this.#campaigns.touch(campaign, atMs);
  }

  #succeeded(facts: Facts): void {
    const { event, login, atMs } = facts;
    const slot = this.#accounts.find(login.id, atMs);
    if (slot < 0) return;
    const campaign = this.#campaignOf(slot, facts);
    const { guesses } = this.#accounts.columns;
    const isStranger = !login.knownPair && !login.knownClient;
    if (campaign === undefined && isStranger && guesses[slot]! >= MIN_GUESSES) {
      // So many guesses and then in, from where its owner never was: a hit, though not yet enough for an alert on its own.
      const nats = guessingNats(this.#guesses(slot, facts));
      const firstMs = this.#accounts.columns.firstMs.get(slot);
      facts.tainted = true;
      this.#tellTakeovers(facts, [event.source], { nats, threshold: MIN_GUESSES * GUESS_NATS.elsewhere, firstMs });
      return;
    }
    if (campaign === undefined) {
      this.#excuse(facts);
      return;
    }
    if (login.knownPair) return;
    // From elsewhere, while it is being guessed: the guessers, unless it is the owner's own client on the road.
    if (login.knownClient && !campaign.data.clients.includes(facts.clientName)) return;
    facts.tainted = true;
    noteRequest(campaign, event);
    this.#campaigns.touch(campaign, atMs, noteCompromised(campaign, event.authIdentifier));
    const { evidence, threshold } = campaign.data;
    this.#tellTakeovers(facts, [event.source], { nats: evidence, threshold, firstMs: campaign.firstMs });
  }

  /** The client that guessed got in, or set a new password: a few guesses were the owner's. Once a day. */
  #excuse(facts: Facts): void {
    const slot = this.#accounts.find(facts.login.id, facts.atMs);
    if (slot < 0) return;
    const { columns } = this.#accounts;
    const today = Math.floor(facts.atMs / DAY_MS);
    const hand = this.#hands.of(facts);
    if (hand === null || columns.accused[slot] === 1) return;
    if (hand.guesses > MIN_GUESSES || columns.excusedDay[slot] === today) return;
    columns.excusedDay[slot] = today;
    columns.nats[slot] = Math.max(0, columns.nats[slot]! - hand.nats);
    columns.guesses[slot] = Math.max(0, columns.guesses[slot]! - hand.guesses);
    columns.strange[slot] = Math.min(columns.strange[slot]!, columns.guesses[slot]!);
    this.#hands.forget(facts);
    if (columns.guesses[slot] === 0) this.#accounts.remove(slot);
  }

  /** The open campaign of an accused account; once that is over, the account starts anew. */
  #campaignOf(slot: number, facts: Facts): Campaign<BruteData> | undefined {
    const { columns } = this.#accounts;
    if (columns.accused[slot] === 0) return undefined;
    const campaign = this.#campaigns.get(facts.event.service, `account:${facts.event.authIdentifier}`);
    if (campaign === undefined) {
      columns.accused[slot] = 0;
      columns.nats[slot] = columns.guesses[slot] = columns.strange[slot] = 0;
      columns.failures[slot] = columns.networks[slot] = 0;
      columns.firstMs.set(slot, facts.atMs);
      this.#notes.delete(slot);
    }
    return campaign;
  }

  #drain(slot: number, atMs: number): void {
    const { nats, drainedMs } = this.#accounts.columns;
    const passedMs = atMs - drainedMs.get(slot);
    if (passedMs <= 0) return;
    nats[slot] = Math.max(0, nats[slot]! - passedMs * LEAK_PER_MS);
    drainedMs.set(slot, atMs);
  }

  #guesses(slot: number, facts: Facts): Guesses {
    const { columns } = this.#accounts;
    return {
      nats: columns.nats[slot]!,
      networks: networksIn(columns.networks[slot]!),
      haste: this.#hands.hasteOf(facts),
      mature: this.#isMature(facts.event.service),
      familiar: facts.login.familiar,
      allStrange: columns.strange[slot] === columns.guesses[slot],
    };
  }

  #isMature(service: string): boolean {
    return this.#parts.logins.services.of(service).isMature;
  }
}

/** Linear counting over 32 bits (Whang et al. 1990). */
function networksIn(map: number): number {
  const zeros = 32 - bitsIn(map);
  return Math.round(32 * Math.log(32 / Math.max(zeros, 1)));
}

export const bruteForce: DetectorDefinition = {
  type: 'brute_force',
  create: (parts, room) => new BruteForce(parts, room),
};
