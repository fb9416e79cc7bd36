import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import { addToTally } from '../core/tally.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { isStrange } from '../parts/logins.js';
import type { Strange } from './epoch-test.js';
import type { KeyEvidence } from './key-evidence.js';
import { addName, newListData } from './list-campaign.js';
import type { ListCampaign, ListCampaigns } from './list-campaigns.js';
import { nameList } from './list-naming.js';
import { type EpochFound, LoginEpochs, NAMED, SUSPECT } from './login-epochs.js';
import { newCounts } from './login-evidence.js';
import { dropPerson, MAX_PARTICIPANTS } from './participants.js';
import { surplusOf } from './strange-volume.js';

/** A campaign's source goes on to another account in one of two cases, somebody who mistyped a name in one of ten. */
const ONE_MORE_NATS = nats(0.5, 0.1);
/** Accounts remembered of one source. */
const ACCOUNTS = 32;
const SERVICE_KEY = 'service';

/**
 * Lists that are spread over so many sources that none of them is conspicuous: found by the test of the whole service
 * (login-epochs.ts), their sources named by what each of them shares with the campaign.
 */
export class ServiceLists implements Part {
  readonly #parts: Parts;
  readonly #campaigns: ListCampaigns;
  readonly #evidence: KeyEvidence;
  readonly epochs: LoginEpochs;

  constructor(parts: Parts, campaigns: ListCampaigns, evidence: KeyEvidence) {
    this.#parts = parts;
    this.#campaigns = campaigns;
    this.#evidence = evidence;
    this.epochs = new LoginEpochs(parts);
  }

  /** One first contact that no campaign explains. */
  observe(facts: Facts): void {
    const found = this.epochs.observe(facts, false);
    if (found !== null) this.#open(found, facts);
  }

  /** An earlier failure turned out to be a person's. */
  excused(facts: Facts): void {
    const { event } = facts;
    this.epochs.resolved(facts);
    const open = this.#campaigns.ofService(event.service);
    if (open === undefined || !dropPerson(open.data.participants, event.source)) return;
    if (open.sources.counts.delete(event.source)) this.#campaigns.of(open).touch(open, open.lastMs);
  }

  /** A stranger while a campaign of the whole service is open. @returns whether it belongs to it */
  join(campaign: ListCampaign, facts: Facts): boolean {
    const { login, atMs, event } = facts;
    this.epochs.observe(facts, true);
    if (login.contact !== 'first' || !isStrange(login)) return false;
    const one = this.epochs.strange(facts);
    const epoch = campaign.data.epoch!;
    epoch.contacts++;
    epoch.expected += epoch.usual;
    if (!one.ok) epoch.unresolved++;
    const share = this.epochs.shareNow(event.service, atMs);
    if (one.ok && this.epochs.posterior(event.service, one, share) < NAMED && !this.#isNamed(campaign, one))
      return false;
    const posterior = this.#nameStrange(campaign, one, share);
    if (posterior < SUSPECT) return false;
    epoch.excess = Math.max(epoch.excess, epoch.unresolved - epoch.expected);
    facts.tainted = true;
    if (posterior >= NAMED) this.#campaigns.continued(campaign, facts, false, true);
    else this.#campaigns.of(campaign).touch(campaign, atMs);
    return true;
  }

  save(): unknown {
    return this.epochs.save();
  }

  load(saved: unknown): void {
    this.epochs.load(saved);
  }

  /** A campaign of the whole service, from what no narrower key explains. */
  #open(found: EpochFound, facts: Facts): void {
    const { event, atMs } = facts;
    const { test, attempts } = found;
    const service = this.#parts.logins.services.of(event.service);
    const counts = newCounts();
    counts.failedFamiliar = attempts.filter((one) => one.familiar).length;
    counts.failedNew = attempts.length - counts.failedFamiliar;
    const type = nameList(counts, service.coverage);
    if (type === null) return;
    const firstMs = attempts[0]!.atMs;
    const data = newListData(this.#parts, facts, {
      type,
      scope: 'service',
      counts: newCounts(),
      threshold: found.threshold,
      since: { okTotal: service.okTotal, failTotal: service.failTotal, home: attempts[0]!.home },
      firstMs,
      epoch: {
        excess: test.failed - test.expected,
        unresolved: test.failed,
        expected: test.expected,
        contacts: test.contacts,
        nats: found.nats,
        threshold: found.threshold,
        usual: test.usual,
        usualSize: found.usualSize,
      },
    });
    const campaign = this.#campaigns.accuse(
      facts,
      SERVICE_KEY,
      data,
      {
        firstMs,
        atMs: attempts.at(-1)!.atMs,
        requests: attempts.length,
        sources: new Set(attempts.map((one) => one.source)).size,
        clients: [],
      },
      { isRare: () => false, isCertain: true },
    );
    const share = surplusOf(test.failed / Math.max(1, test.contacts), test.usual);
    this.epochs.clear(event.service);
    for (const one of attempts) {
      this.#nameStrange(campaign, one, share);
      this.#evidence.forget(one.prefixKey, atMs);
      this.#evidence.forget(one.softwareKey, atMs);
    }
    this.#campaigns.of(campaign).touch(campaign, atMs, true);
    this.#campaigns.tellTakeovers(campaign, atMs);
  }

  #isNamed(campaign: ListCampaign, one: Strange): boolean {
    return campaign.data.participants.get(one.source)?.named === true;
  }

  /** Weighs the source of an attempt, with all that it did, and names it where it is likely enough. @returns the posterior */
  #nameStrange(campaign: ListCampaign, one: Strange, share: number): number {
    const { participants } = campaign.data;
    let known = participants.get(one.source);
    if (known === undefined) {
      if (participants.size >= MAX_PARTICIPANTS) return 0;
      const posterior = this.epochs.posterior(campaign.service, one, share);
      known = { nats: Math.log(posterior / (1 - posterior)), named: false, requests: 0, accounts: [], entered: [] };
      participants.set(one.source, known);
    } else if (!one.ok && !known.accounts.includes(one.account)) known.nats += ONE_MORE_NATS;
    known.requests++;
    addName(known.accounts, one.account, ACCOUNTS);
    if (one.ok) addName(known.entered, one.account, ACCOUNTS);
    const posterior = 1 / (1 + Math.exp(-known.nats));
    if (posterior < NAMED) return posterior;
    if (one.route !== '') addToTally(campaign.routes, one.route);
    if (!known.named) this.#campaigns.nameSource(campaign, one.source, known);
    else {
      campaign.requests++;
      addToTally(campaign.sources, one.source);
      this.#campaigns.noteAccount(campaign, one.account);
    }
    return posterior;
  }
}
