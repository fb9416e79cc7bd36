import type { Evidence } from '@vedette/protocol';
import { type Campaign, Campaigns, noteRequest, type Statement } from '../core/campaigns.js';
import type { Part } from '../core/part.js';
import { addToTally, tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { Strange } from './epoch-test.js';
import { LoginEpochs, NAMED } from './login-epochs.js';
import { surplusOf } from './strange-volume.js';

const IDLE_MS = 1_800_000;
const KEY = 'service';

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
}

/**
 * Logins tried from many addresses where the spans do not say which accounts: addresses and clients that never logged in
 * here, that fail and do not get in within ten minutes, against the usual share of such newcomers (login-epochs.ts).
 */
export class BareSpread implements Part {
  readonly #epochs: LoginEpochs;
  readonly #campaigns: Campaigns<Spread>;

  constructor(parts: Parts) {
    this.#epochs = new LoginEpochs(parts);
    this.#campaigns = new Campaigns(parts.agenda, { type: 'credential_stuffing', idleMs: IDLE_MS, describe });
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
      },
    });
    campaign.firstMs = attempts[0]!.atMs;
    const share = surplusOf(test.failed / Math.max(1, test.contacts), test.usual);
    for (const one of attempts) this.#name(campaign, one, share);
    this.#epochs.clear(event.service);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** Whoever asks for a new password after failing is a person. */
  excused(facts: Facts): void {
    this.#epochs.resolved(facts);
  }

  /** What an address did is explained by a campaign of its own. */
  explain(facts: Facts): void {
    this.#epochs.explain(facts.event.service, new Set([facts.event.source]));
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { epochs: this.#epochs.save(), campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { epochs: unknown; campaigns: unknown };
    this.#epochs.load(from.epochs);
    this.#campaigns.load(from.campaigns);
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
      text: `${grouped(data.failed)} addresses that had never logged in here failed and did not get in; ${percent(data.usual)} of such newcomers usually do`,
      observed: data.failed,
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
