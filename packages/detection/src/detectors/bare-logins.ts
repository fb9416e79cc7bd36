import type { Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, HOLD_MS, noteRequest, type Statement } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { type BareUsual, beyondFirst, evidenceOf, usualOf } from './bare-evidence.js';
import { BareSpread } from './bare-spread.js';
import { LOOP_COLUMNS, LoginLoops } from './login-loops.js';

const HOUR_MS = 3_600_000;
/** Distinct sizes told apart: a 64-bit map, of which a person fills three or four. */
const SIZE_BITS = 64;
const MIN_FAILURES = 10;
const DEGRADED = 0.5;
/** More returning clients than this make an address shared. */
const SHARED_CLIENTS = 10;

const COLUMNS = {
  failures: 'u32',
  sizesLo: 'u32',
  sizesHi: 'u32',
  sized: 'u32',
  retries: 'u32',
  succeeded: 'u32',
  firstMs: 'f64',
  /** The first failure came from a network and with a client that had never logged in here. */
  strange: 'u32',
  /** How people at home had fared when the evidence began. */
  homeOk: 'u32',
  homeFailed: 'u32',
  ...LOOP_COLUMNS,
} as const;

interface Bare extends BareUsual {
  offender: string;
  sized: number;
  retries: number;
  succeeded: number;
  entered: number;
  failShareSize: number;
  threshold: number;
  inferred: boolean;
}

/** One update for each login, logins being one request in five at most. */
const UPDATES_PER_MILLION = 200_000;

/**
 * Stuffing where the spans do not say which account was tried: a foreign SDK or an access log. Weaker by nature, and
 * the finding says so: failures of one address, counted by the size of the request where it is known.
 */
export class BareLogins implements Part {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #campaigns: Campaigns<Bare>;
  readonly #spread: BareSpread;
  readonly #loops = new LoginLoops();
  readonly table: KeyTable<typeof COLUMNS>;

  constructor(parts: Parts, maxKeys: number) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('credential_stuffing', UPDATES_PER_MILLION);
    this.#spread = new BareSpread(parts, this.#threshold);
    this.table = new KeyTable({ name: 'bare logins', maxKeys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'credential_stuffing',
      idleMs: HOUR_MS / 2,
      describe,
      confirm: (campaign, nowMs) => this.#failShareOfAll(campaign.service, nowMs) < DEGRADED,
    });
  }

  observe(facts: Facts): void {
    const { event, login } = facts;
    if (!login.active) {
      if (login.resolved >= 0) this.#spread.resolved(facts);
      else if (this.#loops.isAwaited(facts)) this.#asked(facts);
      return;
    }
    if (this.#spread.names(facts)) {
      this.#spread.observe(facts);
      return;
    }
    // An address with many returning clients is shared: only one of these can be blamed (guard G3).
    const isShared = this.#isShared(facts);
    const key = isShared ? `client:${facts.address.label} ${facts.clientName}` : `source:${facts.address.label}`;
    const campaign = this.#campaigns.get(event.service, key);
    if (campaign !== undefined) {
      this.#continue(campaign, facts);
      return;
    }
    if (this.#weigh(facts, key, isShared)) this.#spread.explain(facts);
    else this.#spread.observe(facts);
  }

  /** One login of one address. @returns whether it is accused now */
  #weigh(facts: Facts, key: string, isShared: boolean): boolean {
    const { event, login, atMs } = facts;
    const place = isShared ? facts.sourceClient : facts.source;
    let slot = this.table.find(place, atMs);
    if (slot < 0 && login.ok) return false;
    slot = this.table.open(place, atMs);
    const { columns } = this.table;
    const service = this.#parts.logins.services.of(event.service);
    if (this.table.fresh) {
      columns.firstMs.set(slot, atMs);
      columns.strange[slot] = login.knownPair ? 0 : 1;
      columns.homeOk[slot] = service.home.ok;
      columns.homeFailed[slot] = service.home.failed;
    }
    if (login.ok) columns.succeeded[slot]!++;
    else this.#failed(slot, facts);
    const counts = {
      sized: columns.sized[slot]!,
      retries: columns.retries[slot]!,
      succeeded: columns.succeeded[slot]!,
    };
    const isStrange = columns.strange[slot] === 1;
    const isLoop = this.#loops.isLoop(this.table, slot, columns.failures[slot]!, !isStrange);
    if (isStrange && login.ok && columns.failures[slot]! < MIN_FAILURES) {
      // Who gets in after a few tries was an owner, however new the place.
      if (!isShared) this.#spread.excused(facts);
      this.table.remove(slot);
      return false;
    }
    const usual = usualOf(service, isStrange, atMs);
    const sum = evidenceOf(counts, usual);
    if (isStrange && !isShared && !isLoop) {
      const from = beyondFirst(this.table.suspicion[slot]!, counts, usual);
      const to = beyondFirst(sum, counts, usual);
      if (from !== to) this.#spread.wentOn(facts, from, to, columns.firstMs.get(slot));
    }
    this.table.suspicion[slot] = sum;
    if (sum <= 0) {
      this.table.remove(slot);
      return false;
    }
    if (sum < this.#threshold.of(event.service) || columns.failures[slot]! < MIN_FAILURES || isLoop) return false;
    if (this.#failShareOfAll(event.service, atMs) >= DEGRADED) return false;
    const since = { ok: columns.homeOk[slot]!, failed: columns.homeFailed[slot]! };
    const isCertain = service.wasHealthy(since) || this.#isNoPlaceOfMany(facts, service.firstMs);
    const opened = this.#campaigns.open({
      service: event.service,
      key,
      atMs,
      // An outage is excluded where people at home get in as always, or where nobody ever got in.
      holdMs: isCertain ? 0 : HOLD_MS,
      data: {
        offender: isShared ? `one client at ${facts.address.label}` : facts.address.label,
        ...counts,
        ...usual,
        entered: 0,
        failShareSize: service.failed.size,
        threshold: this.#threshold.of(event.service),
        inferred: event.authFrom === 'inferred',
      },
    });
    opened.firstMs = columns.firstMs.get(slot);
    noteRequest(opened, event);
    opened.requests = columns.failures[slot]! + counts.succeeded;
    this.table.remove(slot);
    this.#campaigns.touch(opened, atMs);
    facts.tainted = true;
    return true;
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
    this.#spread.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
    this.#spread.flush(nowMs);
  }

  save(): unknown {
    return {
      table: this.table.save(),
      loops: this.#loops.save(),
      campaigns: this.#campaigns.save(),
      spread: this.#spread.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; loops: unknown; campaigns: unknown; spread: unknown };
    this.table.load(from.table);
    this.#loops.load(from.loops);
    this.#campaigns.load(from.campaigns);
    this.#spread.load(from.spread);
  }

  /** An outage brings nobody to an address where none of several ever logged in; on a service's first day none has a past. */
  #isNoPlaceOfMany(facts: Facts, firstMs: number): boolean {
    return facts.atMs - firstMs >= 24 * HOUR_MS && this.#parts.population.usersOfNetwork(facts) < 2;
  }

  #isShared(facts: Facts): boolean {
    return this.#parts.population.users(facts) > SHARED_CLIENTS;
  }

  /** A sender that failed wants something else. */
  #asked(facts: Facts): void {
    const slot = this.table.find(this.#isShared(facts) ? facts.sourceClient : facts.source, facts.atMs);
    if (slot >= 0) this.#loops.asked(this.table, slot, facts.event.status);
  }

  #failed(slot: number, facts: Facts): void {
    const { columns } = this.table;
    const isNewSize = this.#addSize(slot, facts.event.requestBytes);
    if (isNewSize) columns.sized[slot]!++;
    else columns.retries[slot]!++;
    this.#loops.failed(this.table as unknown as KeyTable<typeof LOOP_COLUMNS>, slot, columns.failures[slot]!++, facts);
  }

  #addSize(slot: number, bytes: number): boolean {
    if (bytes <= 0) return false;
    const { sizesLo, sizesHi } = this.table.columns;
    const at = bytes % SIZE_BITS;
    const bit = 1 << (at & 31);
    const sizes = at < 32 ? sizesLo : sizesHi;
    if ((sizes[slot]! & bit) !== 0) return false;
    sizes[slot] = sizes[slot]! | bit;
    return true;
  }

  #continue(campaign: Campaign<Bare>, facts: Facts): void {
    const { event, login, atMs } = facts;
    facts.tainted = true;
    noteRequest(campaign, event);
    if (login.ok) campaign.data.entered++;
    else campaign.data.retries++;
    this.#campaigns.touch(campaign, atMs);
  }

  #failShareOfAll(service: string, nowMs: number): number {
    return this.#parts.logins.services.of(service).bareWindow.failureShare(nowMs);
  }
}

function describe(campaign: Campaign<Bare>): Statement {
  const { data } = campaign;
  const failures = data.sized + data.retries;
  const tries = failures + data.succeeded + data.entered;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const sum = evidenceOf(data, data);
  const evidence: Evidence[] = [
    {
      name: 'logins_failed',
      text: `${grouped(failures)} of ${counted(tries, 'login')} failed in ${duration(spanMs)}; here ${percent(data.failShare)} usually do`,
      observed: failures,
      expected: data.failShare * tries,
      unit: 'logins',
      baseline: data.failShareSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.failShareSize },
      logLikelihood: sum,
    },
  ];
  if (data.sized > 0) {
    evidence.push({
      name: 'request_sizes',
      text: `${counted(data.sized, 'different request size')} before it was noticed, so it was not one login repeated`,
      observed: data.sized,
      expected: 3,
      unit: 'sizes',
      baseline: { of: 'prior', size: 0 },
      logLikelihood: null,
    });
  }
  const inferred = data.inferred ? ' That these are logins is inferred from method, path and status.' : '';
  const entered = data.entered === 0 ? '' : ` ${counted(data.entered, 'attempt')} succeeded since.`;
  return {
    title: `Credential stuffing from ${data.offender}`,
    summary: `${grouped(failures)} of ${counted(tries, 'login')} from ${data.offender} failed in ${duration(spanMs)}. The spans do not say which accounts were tried.${inferred}${entered}`,
    evidence,
    logLikelihood: sum,
    threshold: data.threshold,
    units: failures,
    outcome: data.entered > 0 ? 'partial' : 'none',
    discounts: [{ reason: 'guard', text: 'accounts are not visible in these spans', points: 10 }],
  };
}
