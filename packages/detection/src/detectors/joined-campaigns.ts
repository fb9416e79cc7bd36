import type { Agenda } from '../core/agenda.js';
import { type Campaign, Campaigns } from '../core/campaigns.js';
import type { Part } from '../core/part.js';

const MINUTE_MS = 60_000;
/**
 * Keys that begin together act together: within a quarter of an hour, while two unrelated campaigns of one type against
 * one service are days apart at the worst rates published (reference 1.2: waves of days).
 */
const TOGETHER_MS = 15 * MINUTE_MS;
/** Tempos of the machines of one campaign differ by less than this factor. */
const TEMPO_FACTOR = 10;
const MAX_KEYS = 10_000;

/** When and how fast a key was busy until it was accused. */
interface Busy {
  readonly firstMs: number;
  readonly atMs: number;
  readonly requests: number;
}

/**
 * Campaigns to which several accused keys belong: one main machine and four helpers with another client software are one
 * attack (reference 11.4: clustered by tempo and start where nothing else is shared).
 */
export class JoinedCampaigns<D> implements Part {
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

  /** An open campaign that began together with a key that is accused now and has its tempo. */
  home(service: string, busy: Busy): Campaign<D> | undefined {
    let best: Campaign<D> | undefined;
    for (const campaign of this.#campaigns.all()) {
      if (campaign.service !== service) continue;
      const apart = Math.abs(campaign.firstMs - busy.firstMs);
      if (apart > TOGETHER_MS || busy.firstMs > campaign.lastMs + TOGETHER_MS) continue;
      if (
        !isAlike(
          tempo(campaign.firstMs, campaign.lastMs, campaign.requests),
          tempo(busy.firstMs, busy.atMs, busy.requests),
        )
      )
        continue;
      if (best === undefined || apart < Math.abs(best.firstMs - busy.firstMs)) best = campaign;
    }
    return best;
  }

  /** The campaign that a key opened itself. */
  own(service: string, key: string): Campaign<D> | undefined {
    return this.#campaigns.get(service, key);
  }

  all(): Iterable<Campaign<D>> {
    return this.#campaigns.all();
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

/** Mean gap between requests, ms. */
function tempo(firstMs: number, lastMs: number, requests: number): number {
  return Math.max(1, (lastMs - firstMs) / Math.max(1, requests - 1));
}

function isAlike(left: number, right: number): boolean {
  return Math.max(left, right) <= TEMPO_FACTOR * Math.min(left, right);
}
