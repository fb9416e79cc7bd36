import { type Campaign, Campaigns, HOLD_MS, noteCompromised, noteRequest } from '../core/campaigns.js';
import type { Part } from '../core/part.js';
import { addToTally, topOf } from '../core/tally.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { ServiceLogins } from '../parts/service-logins.js';
import { ACCUSED_SOURCES } from '../parts/suspects.js';
import { type Busy, JoinedLists } from './joined-lists.js';
import { absorb, addName, type ListData, shareOf } from './list-campaign.js';
import { LIST_TYPES, type ListType } from './list-naming.js';
import { describeList } from './list-statement.js';
import { familiarityNats, loginWeights, outcomeNats } from './login-evidence.js';
import { isNamed, type Participant } from './participants.js';

/**
 * An outage is excluded when this many others got in since the failures began, and no more of them failed: where half
 * of all logins fail, the first three to count are all successes in 1 of 8 cases only, and the tests' p₀ bears up to
 * six in ten failing.
 */
const OTHERS_OK = 3;
/** A source is tried for this long after its last request of the campaign before the campaign is over. */
const IDLE_MS = 1_800_000;
/** Client software remembered of a campaign. */
const CLIENTS = 64;

export type ListCampaign = Campaign<ListData>;

/**
 * The open campaigns of stuffing and of spraying: who joins which, who is named, what is told to the detector of
 * takeovers, what is held and taken back.
 */
export class ListCampaigns implements Part {
  readonly #parts: Parts;
  readonly #byType: Readonly<Record<ListType, Campaigns<ListData>>>;
  readonly joined: JoinedLists;

  constructor(parts: Parts) {
    this.#parts = parts;
    const make = (type: ListType): Campaigns<ListData> =>
      new Campaigns(parts.agenda, {
        type,
        idleMs: IDLE_MS,
        describe: describeList,
        confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
        confirmed: (campaign, nowMs) => {
          if (!campaign.data.told) this.tellTakeovers(campaign, nowMs);
        },
        closed: (campaign) => this.joined.forget(campaign),
      });
    this.#byType = { credential_stuffing: make('credential_stuffing'), password_spraying: make('password_spraying') };
    this.joined = new JoinedLists(this.#byType, !parts.without.has('joining'));
  }

  of(campaign: ListCampaign): Campaigns<ListData> {
    return this.#byType[campaign.data.type];
  }

  /** The open campaign of the whole service, if there is one. */
  ofService(service: string): ListCampaign | undefined {
    for (const type of LIST_TYPES) {
      for (const campaign of this.#byType[type].all()) {
        if (campaign.service === service && campaign.data.epoch !== null) return campaign;
      }
    }
    return undefined;
  }

  /**
   * Opens a campaign for what is accused now, or lets it join one that acts alike.
   *
   * @param key of the campaign, when it is a new one
   */
  accuse(
    facts: Facts,
    key: string,
    data: ListData,
    busy: Busy,
    how: { readonly isRare: (client: string) => boolean; readonly isCertain: boolean },
  ): ListCampaign {
    const { event, atMs } = facts;
    const service = this.#parts.logins.services.of(event.service);
    let campaign = this.joined.home(event.service, busy, how.isRare);
    if (campaign === undefined) {
      const holdMs = how.isCertain || this.isNoOutage(data, service) ? 0 : HOLD_MS;
      campaign = this.#byType[data.type].open({ service: event.service, key, atMs, holdMs, data });
    } else absorb(campaign.data, data);
    this.joined.join(campaign, key);
    campaign.firstMs = Math.min(busy.firstMs, campaign.firstMs, atMs);
    for (const client of busy.clients) addName(campaign.data.clients, client, CLIENTS);
    return campaign;
  }

  /** Those of a network or software who are likely enough take part. */
  adopt(campaign: ListCampaign, participants: ReadonlyMap<string, Participant>): void {
    const { data } = campaign;
    for (const [source, one] of participants) {
      data.participants.set(source, one);
      if (isNamed(one, shareOf(data))) this.nameSource(campaign, source, one);
    }
  }

  nameSource(campaign: ListCampaign, source: string, one: Participant): void {
    one.named = true;
    campaign.requests += one.requests;
    addToTally(campaign.sources, source, one.requests);
    for (const account of one.accounts) this.noteAccount(campaign, account);
    for (const account of one.entered) noteCompromised(campaign, account);
  }

  noteAccount(campaign: ListCampaign, account: string): void {
    addToTally(campaign.data.accounts, account);
    addToTally(campaign.targets, `account:${account}`);
  }

  /** Counts one request of somebody who is named, and says so; a login that got in at once. */
  continued(campaign: ListCampaign, facts: Facts, isUrgent: boolean, isNewcomer: boolean): void {
    const { event, login, atMs } = facts;
    const { data } = campaign;
    if (!isNewcomer) noteRequest(campaign, event);
    facts.tainted = true;
    this.noteAccount(campaign, event.authIdentifier);
    const urgent = (login.ok && noteCompromised(campaign, event.authIdentifier)) || isUrgent;
    const { told } = data;
    const service = this.#parts.logins.services.of(event.service);
    if (campaign.heldUntilMs > 0 && this.isNoOutage(data, service)) this.of(campaign).release(campaign, atMs);
    else this.of(campaign).touch(campaign, atMs, urgent);
    if (!told || login.ok || isNewcomer) this.tellTakeovers(campaign, atMs, event.source);
  }

  /** Whoever looks for takeovers is told who takes part: of everyone once, then of those who matter. */
  tellTakeovers(campaign: ListCampaign, atMs: number, source?: string): void {
    if (campaign.heldUntilMs > 0) return;
    const { data } = campaign;
    const isFirst = !data.told;
    data.told = true;
    const sources = isFirst || source === undefined ? topOf(campaign.sources, ACCUSED_SOURCES) : [source];
    this.#accuse(campaign, atMs, sources, this.natsOf(data));
  }

  withdraw(campaign: ListCampaign, atMs: number): void {
    this.of(campaign).withdraw(campaign, atMs);
    this.#accuse(campaign, atMs, [], 0, true);
  }

  natsOf(data: ListData): number {
    return Math.max(outcomeNats(data, data.weights), familiarityNats(data, data.weights), data.epoch?.nats ?? 0);
  }

  /** Whether an outage of the login service can be excluded at once: strangers fail, or others get in meanwhile. */
  isNoOutage(data: ListData, service: ServiceLogins): boolean {
    if (data.mature && familiarityNats(data, data.weights) >= data.threshold) return true;
    if (service.wasHealthy(data.since.home)) return true;
    const othersOk = service.okTotal - data.since.okTotal - data.succeeded;
    const othersFailed = Math.max(0, service.failTotal - data.since.failTotal - data.failed);
    return othersOk >= OTHERS_OK && othersFailed <= othersOk;
  }

  tick(nowMs: number): void {
    for (const type of LIST_TYPES) this.#byType[type].tick(nowMs);
  }

  flush(nowMs: number): void {
    for (const type of LIST_TYPES) this.#byType[type].flush(nowMs);
  }

  save(): unknown {
    return { byType: LIST_TYPES.map((type) => this.#byType[type].save()), joined: this.joined.save() };
  }

  load(saved: unknown): void {
    const from = saved as { byType: unknown[]; joined: unknown };
    LIST_TYPES.forEach((type, i) => {
      this.#byType[type].load(from.byType[i]);
    });
    this.joined.load(from.joined);
  }

  #accuse(campaign: ListCampaign, atMs: number, sources: readonly string[], nats: number, withdrawn = false): void {
    this.#parts.suspects.accuse({
      type: campaign.data.type,
      service: campaign.service,
      campaignKey: campaign.key,
      sources,
      clientName: withdrawn ? null : campaign.data.clientName,
      account: null,
      firstMs: campaign.firstMs,
      atMs,
      nats,
      threshold: campaign.data.threshold,
      withdrawn,
    });
  }

  /** A hold is over: still convincing with the failure share of the last minute? */
  #confirm(campaign: ListCampaign, nowMs: number): boolean {
    const { data } = campaign;
    const service = this.#parts.logins.services.of(campaign.service);
    const weights = loginWeights(service, nowMs);
    data.weights = weights;
    data.failShare = weights.failShare;
    const outcome = service.isDegraded(nowMs) ? 0 : outcomeNats(data, weights);
    return Math.max(outcome, familiarityNats(data, weights), data.epoch?.nats ?? 0) >= data.threshold;
  }
}
