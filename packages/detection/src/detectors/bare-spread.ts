import type { Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { againOf } from './bare-evidence.js';
import type { Strange } from './epoch-test.js';
import { LoginEpochs, NAMED } from './login-epochs.js';
import { PersistentCrowds, type Place, persistenceNats } from './persistent-crowds.js';
import { surplusOf } from './strange-volume.js';

const IDLE_MS = 1_800_000;
const KEY = 'service';
const DEGRADED = 0.5;
/**
 * Fifteen tries beyond the first ones, as of names (reference 5.5), of five addresses: sprays come from as few, and one
 * address says at most e⁴ to one.
 */
const CROWD = { further: 15, sources: 5 } as const;
/**
 * An address that begins within a quarter of an hour of those that are accused, and says this much (odds of e² to one),
 * belongs to them; any other is judged alone, for it may be another attack.
 */
const JOINS = { nats: 2, ms: 900_000 } as const;

interface Spread {
  failed: number;
  expected: number;
  readonly contacts: number;
  readonly usual: number;
  readonly usualSize: number;
  readonly nats: number;
  readonly threshold: number;
  readonly inferred: boolean;
  /** Logins that succeeded from a named address. */
  entered: number;
  /** Addresses that went on failing, where that is how the campaign was noticed; otherwise 0. */
  readonly wentOn: number;
}

/**
 * Logins tried from many addresses where the spans do not say which accounts: addresses and clients that never logged in
 * here, that fail and do not get in within ten minutes, against the usual share of such newcomers (login-epochs.ts); and a
 * few such addresses that go on failing where others try once or twice (persistent-crowds.ts).
 */
export class BareSpread implements Part {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #epochs: LoginEpochs;
  readonly #persistent = new PersistentCrowds(CROWD);
  readonly #campaigns: Campaigns<Spread>;

  constructor(parts: Parts, threshold: Threshold) {
    this.#parts = parts;
    this.#threshold = threshold;
    this.#epochs = new LoginEpochs(parts, (service, { failed, again, atMs }) => {
      parts.logins.services.of(service).failsAgain.vote(again, atMs);
      // Who got in, and who gave up, did not go on.
      if (!(failed && again)) this.#persistent.stopped(this.#placeOf(service));
    });
    this.#campaigns = new Campaigns(parts.agenda, { type: 'credential_stuffing', idleMs: IDLE_MS, describe });
  }

  /** Whether the open campaign of the service names the address. */
  names(facts: Facts): boolean {
    return this.#campaigns.get(facts.event.service, KEY)?.sources.counts.has(facts.event.source) === true;
  }

  observe(facts: Facts): void {
    const { event, login, atMs } = facts;
    const open = this.#campaigns.get(event.service, KEY);
    if (open?.sources.counts.has(event.source) && !login.knownPair) {
      if (login.resolved >= 0) this.#leave(open, facts);
      else this.#continue(open, facts);
      return;
    }
    if (login.resolved >= 0) this.#epochs.resolved(facts);
    const found = this.#epochs.observe(facts, open !== undefined);
    if (open !== undefined) {
      if (login.ok || login.knownPair || login.contact !== 'first') return;
      const one = this.#epochs.strange(facts);
      const share = this.#epochs.shareNow(event.service, atMs);
      if (this.#epochs.posterior(event.service, one, share) < NAMED) return;
      open.data.failed++;
      this.#continue(open, facts);
      return;
    }
    if (found === null) return;
    const { test, attempts } = found;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: KEY,
      atMs,
      holdMs: 0,
      data: {
        failed: test.failed,
        expected: test.expected,
        contacts: test.contacts,
        usual: test.usual,
        usualSize: found.usualSize,
        nats: found.nats,
        threshold: found.threshold,
        inferred: event.authFrom === 'inferred',
        entered: 0,
        wentOn: 0,
      },
    });
    campaign.firstMs = attempts[0]!.atMs;
    const share = surplusOf(test.failed / Math.max(1, test.contacts), test.usual);
    for (const one of attempts) this.#name(campaign, one, share);
    this.#epochs.clear(event.service);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** What an address that never logged in here says by going on moved, in nats beyond its first try. */
  wentOn(facts: Facts, from: number, to: number, firstMs: number): void {
    const { event, atMs } = facts;
    const open = this.#campaigns.get(event.service, KEY);
    if (open !== undefined) {
      if (to < JOINS.nats || facts.login.ok || Math.abs(firstMs - open.firstMs) > JOINS.ms) return;
      open.data.failed++;
      this.#continue(open, facts);
      return;
    }
    const place = this.#placeOf(event.service);
    const crowd = this.#persistent.moved(place, { from, to, source: event.source, atMs });
    const threshold = this.#threshold.of(event.service);
    if (crowd === null || persistenceNats(crowd) < threshold) return;
    // Where half of all logins fail the service is ill, and whoever it keeps out tries again.
    if (this.#parts.logins.services.of(event.service).bareWindow.failureShare(atMs) >= DEGRADED) return;
    this.#persistent.forget(place);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: KEY,
      atMs,
      holdMs: 0,
      data: {
        failed: crowd.further + crowd.wentOn,
        expected: crowd.wentOn / Math.max(0.05, 1 - place.again),
        contacts: crowd.wentOn,
        usual: place.again,
        usualSize: this.#parts.logins.services.of(event.service).failsAgain.size,
        nats: persistenceNats(crowd),
        threshold,
        inferred: event.authFrom === 'inferred',
        entered: 0,
        wentOn: crowd.wentOn,
      },
    });
    campaign.requests = crowd.further + crowd.wentOn;
    if (event.route !== '') addToTally(campaign.routes, `${event.method} ${event.route}`);
    for (const [source, one] of crowd.sources) {
      addToTally(campaign.sources, source, one.further + one.wentOn);
      campaign.firstMs = Math.min(campaign.firstMs, one.firstMs);
    }
    facts.tainted = true;
    this.#epochs.explain(event.service, crowd.sources);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /**
   * Whoever asks for a new password after failing is a person, as far as the one failure says anything. It does not clear
   * an address that goes on failing: where accounts are not visible anyone can ask for one, and only getting in proves an owner.
   */
  resolved(facts: Facts): void {
    this.#epochs.resolved(facts);
  }

  /** Whoever gets in after a few tries was an owner. */
  excused(facts: Facts): void {
    const { service, source } = facts.event;
    if (facts.login.resolved >= 0) this.#epochs.resolved(facts);
    this.#persistent.explain(this.#placeOf(service), [source]);
  }

  /** What an address did is explained by a campaign of its own. */
  explain(facts: Facts): void {
    const { service, source } = facts.event;
    this.#epochs.explain(service, new Set([source]));
    this.#persistent.explain(this.#placeOf(service), [source]);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      epochs: this.#epochs.save(),
      persistent: this.#persistent.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { epochs: unknown; persistent: unknown; campaigns: unknown };
    this.#epochs.load(from.epochs);
    this.#persistent.load(from.persistent);
    this.#campaigns.load(from.campaigns);
  }

  #placeOf(service: string): Place {
    return { id: service, again: againOf(this.#parts.logins.services.of(service), this.#parts.agenda.nowMs) };
  }

  #name(campaign: Campaign<Spread>, one: Strange, share: number): void {
    if (this.#epochs.posterior(campaign.service, one, share) < NAMED) return;
    campaign.requests++;
    addToTally(campaign.sources, one.source);
    if (one.route !== '') addToTally(campaign.routes, one.route);
  }

  #continue(campaign: Campaign<Spread>, facts: Facts): void {
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    if (facts.login.ok) campaign.data.entered++;
    this.#campaigns.touch(campaign, facts.atMs);
  }

  /** Somebody who failed and got in. */
  #leave(campaign: Campaign<Spread>, facts: Facts): void {
    campaign.sources.counts.delete(facts.event.source);
    this.#campaigns.touch(campaign, campaign.lastMs);
  }
}

function describe(campaign: Campaign<Spread>): Statement {
  const { data } = campaign;
  const sources = tallySize(campaign.sources);
  const spanMs = campaign.lastMs - campaign.firstMs;
  const named = sources === 0 ? 'sources that cannot be told apart' : counted(sources, 'address', 'addresses');
  const evidence: Evidence[] = [
    {
      name: 'unresolved_newcomers',
      text:
        data.wentOn > 0
          ? `${grouped(data.wentOn)} addresses that had never logged in here went on failing; ${percent(data.usual)} of such newcomers usually go on after a failure`
          : `${grouped(data.failed)} addresses that had never logged in here failed and did not get in; ${percent(data.usual)} of such newcomers usually do`,
      observed: data.wentOn > 0 ? data.wentOn : data.failed,
      expected: data.expected,
      unit: 'addresses',
      baseline: data.usualSize === 0 ? { of: 'prior', size: 0 } : { of: 'service', size: data.usualSize },
      logLikelihood: data.nats,
    },
  ];
  const inferred = data.inferred ? ' That these are logins is inferred from method, path and status.' : '';
  const entered = data.entered === 0 ? '' : ` ${counted(data.entered, 'attempt')} succeeded since.`;
  return {
    title: `Distributed credential stuffing from ${named}`,
    summary: `${grouped(campaign.requests)} logins from ${named} that had never logged in here failed in ${duration(spanMs)}. The spans do not say which accounts were tried.${inferred}${entered}`,
    evidence,
    logLikelihood: data.nats,
    threshold: data.threshold,
    units: Math.max(1, Math.round(data.failed - data.expected)),
    outcome: data.entered > 0 ? 'partial' : 'none',
    discounts: [{ reason: 'guard', text: 'accounts are not visible in these spans', points: 10 }],
  };
}
