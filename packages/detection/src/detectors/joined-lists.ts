import type { Campaign, Campaigns } from '../core/campaigns.js';
import { clamp } from '../core/likelihood.js';
import { tallySize } from '../core/tally.js';
import type { ListData } from './list-campaign.js';
import { LIST_TYPES, type ListType } from './list-naming.js';

const MINUTE_MS = 60_000;
/**
 * Keys that begin together act together: within a quarter of an hour, or three of their own gaps where they are slow;
 * two unrelated campaigns of one type against one service are days apart at the worst rates published (reference 1.2).
 */
const TOGETHER_MS = 15 * MINUTE_MS;
const TOGETHER_GAPS = 3;
/**
 * Tempos of the machines of one campaign differ by less than this factor; by more where they began closer together, because
 * to begin within so short a time by chance is rarer in proportion: ten within a quarter of an hour is a hundred within
 * ninety seconds.
 */
const TEMPO_FACTOR = 10;
const LEAST_APART_MS = 10_000;
const MAX_KEYS = 20_000;

/** When and how fast a key was busy until it was accused, and with what. */
export interface Busy {
  readonly firstMs: number;
  readonly atMs: number;
  readonly requests: number;
  /** Sources among which the requests are spread. */
  readonly sources: number;
  readonly clients: readonly string[];
}

/**
 * Campaigns to which several accused keys belong: one main machine and four helpers with another client software are one
 * attack (reference 11.4: clustered by client, tempo and start).
 */
export class JoinedLists {
  readonly #campaigns: Readonly<Record<ListType, Campaigns<ListData>>>;
  /** Type and own key of the campaign, by service and key of who joined it. */
  readonly #homes = new Map<string, { readonly type: ListType; readonly key: string }>();
  readonly #joins: boolean;

  constructor(campaigns: Readonly<Record<ListType, Campaigns<ListData>>>, joins: boolean) {
    this.#campaigns = campaigns;
    this.#joins = joins;
  }

  get isEmpty(): boolean {
    return LIST_TYPES.every((type) => this.#campaigns[type].size === 0);
  }

  /** The campaign that an accused key opened or joined. */
  get(service: string, key: string): Campaign<ListData> | undefined {
    const home = this.#homes.get(`${service}\n${key}`);
    return home === undefined ? undefined : this.#campaigns[home.type].get(service, home.key);
  }

  /**
   * An open campaign to which a key belongs that is accused now: it has the same client software, which few have, or it
   * began together with it, and both have one tempo.
   *
   * @param isRare whether few people use a client software
   */
  home(service: string, busy: Busy, isRare: (client: string) => boolean): Campaign<ListData> | undefined {
    if (!this.#joins) return undefined;
    let best: Campaign<ListData> | undefined;
    let bestApart = Number.POSITIVE_INFINITY;
    const gapMs = gapOf(busy.firstMs, busy.atMs, busy.requests, busy.sources);
    for (const type of LIST_TYPES) {
      for (const campaign of this.#campaigns[type].all()) {
        if (campaign.service !== service) continue;
        const theirs = gapOf(campaign.firstMs, campaign.lastMs, campaign.requests, tallySize(campaign.sources));
        const begunApartMs = Math.abs(campaign.firstMs - busy.firstMs);
        if (!isOneTempo(gapMs, theirs, begunApartMs)) continue;
        const shares = busy.clients.some((client) => campaign.data.clients.includes(client) && isRare(client));
        const apart = shares ? 0 : begunApartMs;
        if (apart > Math.max(TOGETHER_MS, TOGETHER_GAPS * Math.max(gapMs, theirs))) continue;
        if (busy.firstMs > campaign.lastMs + Math.max(TOGETHER_MS, TOGETHER_GAPS * gapMs)) continue;
        if (apart < bestApart) {
          best = campaign;
          bestApart = apart;
        }
      }
    }
    return best;
  }

  join(campaign: Campaign<ListData>, key: string): void {
    if (this.#homes.size >= MAX_KEYS) return;
    this.#homes.set(`${campaign.service}\n${key}`, { type: campaign.data.type, key: campaign.key });
  }

  leave(campaign: Campaign<ListData>, key: string): void {
    this.#homes.delete(`${campaign.service}\n${key}`);
  }

  forget(campaign: Campaign<ListData>): void {
    for (const [key, home] of this.#homes) {
      if (home.key !== campaign.key || home.type !== campaign.data.type) continue;
      if (key.startsWith(`${campaign.service}\n`)) this.#homes.delete(key);
    }
  }

  save(): unknown {
    return this.#homes;
  }

  load(saved: unknown): void {
    this.#homes.clear();
    for (const [key, home] of saved as Map<string, { type: ListType; key: string }>) this.#homes.set(key, home);
  }
}

/** Mean gap between two requests of one source, ms. */
function gapOf(firstMs: number, lastMs: number, requests: number, sources: number): number {
  return (Math.max(1_000, lastMs - firstMs) / Math.max(1, requests - 1)) * Math.max(1, sources);
}

function isOneTempo(left: number, right: number, apartMs: number): boolean {
  const factor = Math.max(left, right) / Math.min(left, right);
  return factor * clamp(apartMs, LEAST_APART_MS, TOGETHER_MS) <= TEMPO_FACTOR * TOGETHER_MS;
}
