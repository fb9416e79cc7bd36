import type { Agenda } from '../core/agenda.js';
import { type Campaign, Campaigns, noteRequest } from '../core/campaigns.js';
import { addDistinct, newDistinct } from '../core/distinct.js';
import type { Part } from '../core/part.js';
import { addToTally } from '../core/tally.js';
import { capitalised } from '../core/words.js';
import type { DailyReads } from '../parts/daily-reads.js';
import type { Facts } from '../parts/facts.js';
import type { CopyDays } from './copy-days.js';
import type { CopyNats } from './copy-evidence.js';
import type { ReadItem } from './copy-items.js';
import { type Copy, describeCopy } from './copy-statement.js';
import { whoKey, whoName } from './who.js';

const HOUR_MS = 3_600_000;
/** Programs that say what they are, at a pace that harms no one. */
const CRAWLER = /bot\b|crawl|spider|slurp|archiver/i;
const POLITE_GAP_MS = 1_500;
/** A service has one campaign of software at a time. */
const SOFTWARE_KEY = 'software';

/** The copies that are under way, of readers and of software. */
export class CopyCampaigns implements Part {
  readonly #campaigns: Campaigns<Copy>;
  readonly #days: CopyDays;
  readonly #item: ReadItem;

  /** @param item the item of the event that is observed at the moment */
  constructor(agenda: Agenda, days: CopyDays, item: ReadItem) {
    this.#campaigns = new Campaigns(agenda, { type: 'scraping', idleMs: HOUR_MS, describe: describeCopy });
    this.#days = days;
    this.#item = item;
  }

  ofReader(facts: Facts): Campaign<Copy> | undefined {
    return this.#campaigns.find(facts.event.service, whoKey, facts);
  }

  ofSoftware(facts: Facts): Campaign<Copy> | undefined {
    return this.#campaigns.get(facts.event.service, SOFTWARE_KEY);
  }

  accuse(
    slot: number,
    facts: Facts,
    found: {
      readonly nats: CopyNats;
      readonly threshold: number;
      readonly reads: DailyReads;
      readonly catalogue: number;
      readonly scope: Copy['scope'];
    },
  ): void {
    const { event, atMs } = facts;
    const { columns } = this.#days.table;
    const { nats, threshold, reads, catalogue, scope } = found;
    const isReader = scope === 'reader';
    const gapMs = (atMs - columns.firstMs.get(slot)) / Math.max(1, columns.reads[slot]!);
    const campaign = this.#campaigns.open({
      service: event.service,
      key: isReader ? whoKey(facts) : SOFTWARE_KEY,
      atMs,
      holdMs: 0,
      data: {
        who: isReader
          ? capitalised(whoName(facts))
          : `Clients of one kind (${event.userAgent.slice(0, 60) || facts.clientName})`,
        scope,
        clients: isReader ? [] : [facts.clientName],
        kind: this.#item.kind,
        items: newDistinct(),
        before: columns.items[slot]!,
        reads: columns.reads[slot]!,
        catalogue,
        peerReads: reads.peerReads,
        peerDays: reads.reads.size,
        ownItems: columns.ownItems[slot]!,
        gapMs,
        nats,
        threshold,
        isCrawler: CRAWLER.test(event.userAgent) && gapMs >= POLITE_GAP_MS,
        known: reads.peerReads > 0,
      },
    });
    campaign.firstMs = Math.min(atMs, columns.firstMs.get(slot));
    noteRequest(campaign, event);
    campaign.requests = columns.reads[slot]!;
    if (!isReader) this.#nameSources(campaign, slot);
    this.#target(campaign, facts);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** Another kind of software takes part: tools that change their disguise copy one catalogue together. */
  join(campaign: Campaign<Copy>, facts: Facts, slot: number): void {
    const { data } = campaign;
    const { columns } = this.#days.table;
    data.clients.push(facts.clientName);
    data.before += columns.items[slot]!;
    data.reads += columns.reads[slot]!;
    this.#nameSources(campaign, slot);
    this.continue(campaign, facts, slot);
  }

  /** The event is one read more of the campaign. */
  continue(campaign: Campaign<Copy>, facts: Facts, slot: number): void {
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    data.reads++;
    addDistinct(data.items, this.#item.key.lo);
    if (data.scope === 'software')
      data.nats.overlap = Math.max(data.nats.overlap, this.#days.table.columns.overlap[slot]!);
    this.#target(campaign, facts);
    this.#campaigns.touch(campaign, facts.atMs);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return this.#campaigns.save();
  }

  load(saved: unknown): void {
    this.#campaigns.load(saved);
  }

  #nameSources(campaign: Campaign<Copy>, slot: number): void {
    for (const source of this.#days.takeSources(slot)) addToTally(campaign.sources, source);
  }

  #target(campaign: Campaign<Copy>, facts: Facts): void {
    if (facts.place !== '') addToTally(campaign.targets, `route:${facts.event.method} ${facts.place}`);
  }
}
