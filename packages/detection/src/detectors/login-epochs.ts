import type { AlertType, Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteCompromised, noteRequest, type Statement } from '../core/campaigns.js';
import type { Key } from '../core/hash.js';
import type { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { RESOLVE_MS, type ServiceLogins } from '../parts/logins.js';
import { ACCUSED_SOURCES } from '../parts/suspects.js';

const HOUR_MS = 3_600_000;
/** Steps in which what is still unresolved is carried over to the late test. */
const STEP_MS = 10_000;
/** Attempts remembered of one excursion of the tests, to name their sources; the rest is only counted. */
const REMEMBERED = 4_096;
/** Attempts of one source that count: who makes more is found alone. */
const PER_SOURCE = 3;
/** No epoch below fifteen sources and thirty failures more than usual (reference 11.3, 5.1). */
const MIN_SOURCES = 15;
const MIN_EXCESS = 30;
/** Each copy runs two CUSUMs: rate doubled, rate quadrupled. */
const RATIOS = [2, 4] as const;
/** Variance of benign counts over that of a Poisson process: failures come in households and mornings. */
const OVERDISPERSION = 1.5;
/** Logins are one request in twenty (reference 3.3), each counted in two copies by two sums; the early copy asks for half again. */
const UPDATES_PER_MILLION = 200_000;
const EARLY_FACTOR = 1.5;
/** Unresolved strangers per success of a stranger, usually and while strangers come in crowds (reference 3.5, fitted and safe). */
const PER_OK_NEW = { usual: 0.25, crowd: 0.6 } as const;
const CROWD = 1.3;
/** Unresolved strangers per login that are taken as usual: learned, but within these (reference 11.3: 2 %). */
const BASE = { low: 0.01, high: 0.05 } as const;
/** Posterior from which a source is named, and from which its attempts are no longer learned from. */
const NAMED = 0.9;
const SUSPECT = 0.5;
/** Odds of each thing that participants share (reference 6.3). */
const ODDS = { newSource: 4, knownSource: 1 / 4, clientMost: 50, noPageBefore: 2 } as const;
/** Different clients whose share of the logins is known. */
const CLIENTS = 2_000;

/** What kind of failures an epoch is made of. */
export interface EpochKind {
  readonly type: AlertType;
  /** Whether a login that does not come from where its account is used is of this kind; its failures count, its successes excuse. */
  readonly counts: (login: Facts['login']) => boolean;
  /** What is usual: failures, unresolved failures and successes of this kind. */
  readonly rates: (service: ServiceLogins) => {
    readonly failed: LeastAttackedRate;
    readonly unresolved: LeastAttackedRate;
    readonly okUsual: number;
  };
  /** Factor by which failures of this kind are likelier at the moment. */
  readonly lift: (service: ServiceLogins, nowMs: number) => number;
  readonly name: string;
  /** `accounts that never logged in here` */
  readonly accounts: string;
}

/** Accounts that never logged in here: distributed stuffing. */
export const STRANGERS: EpochKind = {
  type: 'credential_stuffing',
  counts: (login) => !login.familiar,
  rates: (service) => ({
    failed: service.failedStranger,
    unresolved: service.unresolved,
    okUsual: 1 - service.familiarOk.rate,
  }),
  lift: () => 1,
  name: 'credential stuffing',
  accounts: 'accounts that never logged in here',
};

/** Accounts that are used here, but neither from that network nor with that client: distributed spraying. */
export const OWNERS: EpochKind = {
  type: 'password_spraying',
  counts: (login) => login.familiar && !login.knownPair && !login.knownClient,
  rates: (service) => ({
    failed: service.failedOwner,
    unresolved: service.unresolvedOwner,
    okUsual: service.okOwner.rate,
  }),
  // Where the login service itself is ill, owners fail wherever they are (guard G1).
  lift: (service, nowMs) => Math.max(1, service.window.failureShare(nowMs) / Math.max(0.05, service.failed.rate)),
  name: 'password spraying',
  accounts: 'existing accounts, from where and with what they were never used,',
};

interface Attempt {
  readonly atMs: number;
  readonly source: string;
  readonly account: string;
  readonly client: number;
  readonly isNew: boolean;
  readonly hadPage: boolean;
  /** Row of the attempt is looked up again by its key when it is due. */
  readonly key: Key;
  readonly route: string;
}

/** One copy of the test: evidence, and what it has seen since it was last at zero. */
interface Copy {
  sums: [number, number];
  logins: number;
  okNew: number;
  unresolved: number;
  expected: number;
  sinceMs: number;
  attempts: Attempt[];
  perSource: Map<string, number>;
  /** Accounts counted: a name that many try counts once. */
  accounts: Set<string>;
}

interface Epoch {
  early: Copy;
  late: Copy;
  /** Logins and strangers' successes by step, not yet ten minutes old. */
  steps: { at: number; logins: number; okNew: number }[];
  waiting: Attempt[];
  clients: Map<number, number>;
  clientTotal: number;
}

interface EpochData {
  excess: number;
  unresolved: number;
  expected: number;
  logins: number;
  nats: number;
  threshold: number;
  sinceMs: number;
  sharedClient: number;
  participants: Map<string, number>;
}

/**
 * Distributed stuffing and spraying: thousands of sources with one to three attempts each, none of them conspicuous.
 *
 * Counts, for the whole service, first attempts of one kind (on accounts that never logged in here) that do not succeed within
 * ten minutes, against what the number of logins and the successes of that kind let expect: crowds bring successes, attacks
 * do not. One copy looks at once and asks for more evidence, one looks ten minutes later. When a test passes its
 * threshold an epoch opens, and the sources in it are ranked by what they share.
 */
export class LoginEpochs implements Part {
  readonly #parts: Parts;
  readonly #epochs = new Map<string, Epoch>();
  readonly #campaigns: Campaigns<EpochData>;

  readonly #kind: EpochKind;
  readonly #threshold: Threshold;

  constructor(parts: Parts, kind: EpochKind) {
    this.#parts = parts;
    this.#kind = kind;
    this.#threshold = parts.sensitivity.threshold(kind.type, UPDATES_PER_MILLION);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: kind.type,
      idleMs: HOUR_MS / 2,
      describe: (campaign) => describe(campaign, kind),
    });
  }

  /** One first contact that no narrower key explains. */
  observe(facts: Facts): void {
    const { event, login, atMs } = facts;
    const service = this.#parts.logins.services.of(event.service);
    if (!service.isMature || login.knownPair) return;
    const epoch = this.#epoch(event.service);
    this.#carryOver(event.service, epoch, service);
    const open = this.#campaigns.get(event.service, KEY);
    const isCounted = !login.ok && this.#kind.counts(login);
    const isOkNew = login.ok && this.#kind.counts(login);
    if (open === undefined) this.#learnClient(epoch, facts);
    if (!isCounted) {
      this.#expect(epoch.early, service, isOkNew, atMs, EARLY);
      this.#step(epoch, atMs, isOkNew);
      if (open !== undefined && login.ok) this.#entered(open, facts);
      return;
    }
    this.#step(epoch, atMs, false);
    this.#expect(epoch.early, service, false, atMs, EARLY);
    const attempt = this.#attempt(facts);
    if (epoch.waiting.length < REMEMBERED * 8) epoch.waiting.push(attempt);
    this.#count(epoch.early, attempt);
    if (open !== undefined) this.#join(open, epoch, attempt, facts);
    else this.#consider(event.service, epoch, epoch.early, EARLY_FACTOR);
  }

  /** A failure resolved: it was a person. */
  resolved(facts: Facts): void {
    const { event, login } = facts;
    if (login.resolved < 0) return;
    const epoch = this.#epochs.get(event.service);
    if (epoch === undefined) return;
    const at = epoch.early.attempts.findIndex((one) => one.source === event.source);
    if (at < 0) return;
    epoch.early.attempts.splice(at, 1);
    this.#take(epoch.early, -1);
    const open = this.#campaigns.get(event.service, KEY);
    if (open?.data.participants.delete(event.source)) {
      open.sources.counts.delete(event.source);
      this.#campaigns.touch(open, open.lastMs);
    }
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { epochs: this.#epochs, campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { epochs: Map<string, Epoch>; campaigns: unknown };
    this.#epochs.clear();
    for (const [service, epoch] of from.epochs) this.#epochs.set(service, epoch);
    this.#campaigns.load(from.campaigns);
  }

  #epoch(service: string): Epoch {
    let epoch = this.#epochs.get(service);
    if (epoch === undefined) {
      epoch = { early: newCopy(), late: newCopy(), steps: [], waiting: [], clients: new Map(), clientTotal: 0 };
      this.#epochs.set(service, epoch);
    }
    return epoch;
  }

  #attempt(facts: Facts): Attempt {
    const { event, atMs } = facts;
    const before = this.#parts.population.seenBefore(facts);
    return {
      atMs,
      source: event.source,
      account: event.authIdentifier,
      client: facts.client.lo,
      isNew: before === null || atMs - before.firstMs < 24 * HOUR_MS,
      hadPage: before !== null && before.requests > 0,
      key: this.#parts.logins.attemptKey(facts),
      route: event.route === '' ? '' : `${event.method} ${event.route}`,
    };
  }

  /** One login more: so many unresolved strangers are expected. */
  #expect(copy: Copy, service: ServiceLogins, okNew: boolean, atMs: number, kind: typeof EARLY | typeof LATE): void {
    if (copy.logins === 0) copy.sinceMs = atMs;
    copy.logins++;
    if (okNew) copy.okNew++;
    const rates = this.#kind.rates(service);
    const crowd = kind === EARLY || copy.okNew > CROWD * Math.max(0.02, rates.okUsual) * copy.logins + 3;
    const base =
      (kind === EARLY ? Math.max(BASE.low, rates.failed.rate) : clamp(rates.unresolved.rate, BASE.low, BASE.high)) *
      this.#kind.lift(service, atMs);
    const expected = base + (okNew ? (crowd ? PER_OK_NEW.crowd : PER_OK_NEW.usual) : 0);
    copy.expected += expected;
    RATIOS.forEach((ratio, i) => {
      copy.sums[i] = Math.max(0, copy.sums[i]! - ((ratio - 1) * expected) / OVERDISPERSION);
    });
    if (copy.sums[0] === 0 && copy.sums[1] === 0) clear(copy);
  }

  #count(copy: Copy, attempt: Attempt): void {
    const times = copy.perSource.get(attempt.source) ?? 0;
    if (times >= PER_SOURCE || copy.accounts.has(attempt.account)) return;
    if (copy.accounts.size < REMEMBERED * 4) copy.accounts.add(attempt.account);
    if (copy.perSource.size < REMEMBERED * 4) copy.perSource.set(attempt.source, times + 1);
    if (copy.attempts.length < REMEMBERED) copy.attempts.push(attempt);
    this.#take(copy, 1);
  }

  #take(copy: Copy, times: 1 | -1): void {
    copy.unresolved += times;
    RATIOS.forEach((ratio, i) => {
      copy.sums[i] = Math.max(0, copy.sums[i]! + (times * Math.log(ratio)) / OVERDISPERSION);
    });
  }

  #step(epoch: Epoch, atMs: number, okNew: boolean): void {
    const at = Math.floor(atMs / STEP_MS);
    let step = epoch.steps.at(-1);
    if (step === undefined || step.at < at) {
      step = { at, logins: 0, okNew: 0 };
      epoch.steps.push(step);
    }
    step.logins++;
    if (okNew) step.okNew++;
  }

  /** What is ten minutes old by now goes to the late copy, without the failures that resolved. */
  #carryOver(name: string, epoch: Epoch, service: ServiceLogins): void {
    const dueMs = this.#parts.agenda.nowMs - RESOLVE_MS;
    while (epoch.steps.length > 0 && (epoch.steps[0]!.at + 1) * STEP_MS <= dueMs) {
      const step = epoch.steps.shift()!;
      const atMs = (step.at + 1) * STEP_MS;
      for (let i = 0; i < step.logins; i++) this.#expect(epoch.late, service, i < step.okNew, atMs, LATE);
      const due = epoch.waiting.filter((one) => one.atMs < atMs);
      if (due.length > 0) epoch.waiting = epoch.waiting.filter((one) => one.atMs >= atMs);
      const isQuiet = this.#campaigns.get(name, KEY) === undefined;
      let unresolved = 0;
      for (const attempt of due) {
        if (!this.#parts.logins.isUnresolved(attempt.key, this.#parts.agenda.nowMs)) continue;
        unresolved++;
        this.#count(epoch.late, attempt);
      }
      // An epoch does not teach what is usual.
      for (let i = 0; isQuiet && i < step.logins; i++) this.#kind.rates(service).unresolved.vote(i < unresolved, atMs);
      if (isQuiet) this.#consider(name, epoch, epoch.late, 1);
    }
  }

  #consider(service: string, epoch: Epoch, copy: Copy, factor: number): void {
    const threshold = this.#threshold.of(service) * factor;
    const nats = Math.max(...copy.sums);
    const excess = copy.unresolved - copy.expected;
    if (nats < threshold || excess < MIN_EXCESS || copy.perSource.size < MIN_SOURCES) return;
    const data: EpochData = {
      excess,
      unresolved: copy.unresolved,
      expected: copy.expected,
      logins: copy.logins,
      nats,
      threshold,
      sinceMs: copy.sinceMs,
      sharedClient: 0,
      participants: new Map(),
    };
    const atMs = copy.attempts.at(-1)!.atMs;
    const campaign = this.#campaigns.open({ service, key: KEY, atMs, holdMs: 0, data });
    campaign.firstMs = copy.attempts[0]!.atMs;
    for (const attempt of copy.attempts) this.#name(campaign, epoch, attempt);
    this.#campaigns.touch(campaign, this.#parts.agenda.nowMs, true);
    campaign.lastMs = Math.max(campaign.lastMs, atMs);
    this.#tellTakeovers(campaign, [...data.participants.keys()], atMs);
    clear(epoch.early);
    clear(epoch.late);
  }

  /** A stranger failing while an epoch is open. */
  #join(campaign: Campaign<EpochData>, epoch: Epoch, attempt: Attempt, facts: Facts): void {
    const { data } = campaign;
    data.unresolved++;
    data.logins++;
    if (this.#name(campaign, epoch, attempt) < SUSPECT) return;
    facts.tainted = true;
    data.excess++;
    data.nats = Math.max(data.nats, ...epoch.early.sums);
    this.#campaigns.touch(campaign, facts.atMs);
  }

  /** Weighs one attempt, and names its source where it is likely enough. @returns the posterior */
  #name(campaign: Campaign<EpochData>, epoch: Epoch, attempt: Attempt): number {
    const { data } = campaign;
    const share = Math.min(0.95, Math.max(0.05, data.excess / Math.max(1, data.unresolved)));
    let odds = share / (1 - share);
    odds *= attempt.isNew ? ODDS.newSource : ODDS.knownSource;
    if (!attempt.hadPage) odds *= ODDS.noPageBefore;
    const usual = ((epoch.clients.get(attempt.client) ?? 0) + 1) / (epoch.clientTotal + CLIENTS / 10);
    odds *= Math.min(ODDS.clientMost, Math.max(1, share / Math.max(usual, 1e-6) / 10));
    const posterior = odds / (1 + odds);
    if (posterior >= SUSPECT) {
      campaign.requests++;
      addToTally(campaign.targets, `account:${attempt.account}`);
      if (attempt.route !== '') addToTally(campaign.routes, attempt.route);
    }
    if (posterior >= NAMED) {
      addToTally(campaign.sources, attempt.source);
      const isNew = !data.participants.has(attempt.source);
      if (data.participants.size < REMEMBERED) data.participants.set(attempt.source, posterior);
      // Who got in before he failed is found as well.
      if (isNew && campaign.saidMs > 0) this.#tellTakeovers(campaign, [attempt.source], attempt.atMs);
    }
    return posterior;
  }

  #tellTakeovers(campaign: Campaign<EpochData>, sources: readonly string[], atMs: number): void {
    this.#parts.suspects.accuse({
      type: this.#kind.type,
      service: campaign.service,
      campaignKey: campaign.key,
      sources: sources.slice(0, ACCUSED_SOURCES),
      clientName: null,
      account: null,
      firstMs: campaign.firstMs,
      atMs,
      nats: campaign.data.nats,
      threshold: campaign.data.threshold,
    });
  }

  /** Someone got in while an epoch is open: named when the source takes part in it. */
  #entered(campaign: Campaign<EpochData>, facts: Facts): void {
    const { event, atMs } = facts;
    if (!campaign.data.participants.has(event.source)) return;
    facts.tainted = true;
    noteRequest(campaign, event);
    const isNew = noteCompromised(campaign, event.authIdentifier);
    this.#campaigns.touch(campaign, atMs, isNew);
    if (isNew) this.#tellTakeovers(campaign, [event.source], atMs);
  }

  #learnClient(epoch: Epoch, facts: Facts): void {
    const client = facts.client.lo;
    const known = epoch.clients.get(client);
    if (known === undefined && epoch.clients.size >= CLIENTS) return;
    epoch.clients.set(client, (known ?? 0) + 1);
    epoch.clientTotal++;
  }
}

const KEY = 'service';
const EARLY = 'early';
const LATE = 'late';

function newCopy(): Copy {
  return {
    sums: [0, 0],
    logins: 0,
    okNew: 0,
    unresolved: 0,
    expected: 0,
    sinceMs: 0,
    attempts: [],
    perSource: new Map(),
    accounts: new Set(),
  };
}

function clear(copy: Copy): void {
  Object.assign(copy, newCopy());
}

function describe(campaign: Campaign<EpochData>, kind: EpochKind): Statement {
  const { data, compromised } = campaign;
  const sources = tallySize(campaign.sources);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const named = sources === 0 ? 'sources that cannot be told apart' : counted(sources, 'address', 'addresses');
  const share = data.excess / Math.max(1, data.unresolved);
  const evidence: Evidence[] = [
    {
      name: 'unresolved_strangers',
      text: `${grouped(data.unresolved)} first attempts on ${kind.accounts} failed and did not resolve, where ${grouped(Math.round(data.expected))} are usual for ${counted(data.logins, 'login')}`,
      observed: data.unresolved,
      expected: data.expected,
      unit: 'accounts',
      baseline: { of: 'service', size: data.logins },
      logLikelihood: data.nats,
    },
    {
      name: 'attack_share',
      text: `about ${percent(Math.max(0, Math.min(1, share)))} of these failures belong to the campaign`,
      observed: share,
      expected: 0,
      unit: 'share',
      baseline: null,
      logLikelihood: null,
    },
  ];
  const entered =
    compromised.length === 0 ? 'None is known to have got in.' : `${counted(compromised.length, 'account')} got in.`;
  return {
    title: `Distributed ${kind.name} from ${named}`,
    summary: `About ${grouped(Math.max(1, Math.round(data.excess)))} of ${counted(data.unresolved, 'failed first attempt')} on ${kind.accounts} in ${duration(spanMs)} are one campaign, from ${named} with one to three attempts each. ${entered}`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: Math.max(1, Math.round(data.excess)),
    outcome: compromised.length > 0 ? 'success' : 'none',
    discounts: [],
  };
}
