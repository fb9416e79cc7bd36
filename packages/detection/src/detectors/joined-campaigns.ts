import type { Agenda } from '../core/agenda.js';
import { type Campaign, Campaigns } from '../core/campaigns.js';
import type { Part } from '../core/part.js';

/**
 * Who is busy at one place within a quarter of an hour of the others acts with them: two unrelated campaigns there are days
 * apart at the worst rates published (reference 1.2: waves of days).
 */
const TOGETHER_MS = 900_000;
const MAX_KEYS = 10_000;

/** What a detector's part of such a campaign says at least: where it happens. */
interface AtPlace {
  readonly placeId: number;
}

/**
 * Campaigns to which several accused keys belong: one main machine and four helpers with another client software are one
 * attack (reference 11.4: clustered by place and time where nothing else is shared).
 */
export class JoinedCampaigns<D extends AtPlace> implements Part {
  readonly #campaigns: Campaigns<D>;
  /** Own key of the campaign, by service and key of who joined it. */
  readonly #homes = new Map<string, string>();

  constructor(agenda: Agenda, options: Omit<ConstructorParameters<typeof Campaigns<D>>[1], 'closed'>) {
    this.#campaigns = new Campaigns(agenda, { ...options, closed: (campaign) => this.#forget(campaign) });
  }

  get isEmpty(): boolean {
    return this.#campaigns.size === 0;
  }

  /** The campaign that an accused key opened or joined. */
  get(service: string, key: string): Campaign<D> | undefined {
    const own = this.#campaigns.get(service, key);
    if (own !== undefined || this.#homes.size === 0) return own;
    const home = this.#homes.get(`${service}\n${key}`);
    return home === undefined ? undefined : this.#campaigns.get(service, home);
  }

  /** The open campaign at a place to which a key belongs that is accused now, or undefined. @param firstMs when the key began */
  at(service: string, placeId: number, firstMs: number): Campaign<D> | undefined {
    for (const campaign of this.#campaigns.all()) {
      if (campaign.service !== service || campaign.data.placeId !== placeId) continue;
      if (firstMs <= campaign.lastMs + TOGETHER_MS) return campaign;
    }
    return undefined;
  }

  /** The campaign that a key opened itself. */
  own(service: string, key: string): Campaign<D> | undefined {
    return this.#campaigns.get(service, key);
  }

  open(campaign: Parameters<Campaigns<D>['open']>[0]): Campaign<D> {
    return this.#campaigns.open(campaign);
  }

  touch(campaign: Campaign<D>, atMs: number, urgent = false): void {
    this.#campaigns.touch(campaign, atMs, urgent);
  }

  join(campaign: Campaign<D>, key: string): void {
    if (this.#homes.size < MAX_KEYS) this.#homes.set(`${campaign.service}\n${key}`, campaign.key);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { campaigns: this.#campaigns.save(), joined: this.#homes };
  }

  load(saved: unknown): void {
    const from = saved as { campaigns: unknown; joined: Map<string, string> };
    this.#campaigns.load(from.campaigns);
    this.#homes.clear();
    for (const [key, home] of from.joined) this.#homes.set(key, home);
  }

  #forget(campaign: Campaign<D>): void {
    for (const [key, home] of this.#homes) {
      if (home === campaign.key && key.startsWith(`${campaign.service}\n`)) this.#homes.delete(key);
    }
  }
}
