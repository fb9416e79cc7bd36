import type { AlertType } from '@vedette/protocol';
import { Campaign, type Strength } from './campaign.js';
import type { Exchange } from './exchange.js';
import { Rng } from './rng.js';
import { Scheduler, type Script } from './scheduler.js';
import { DAY, RUN_START_MS } from './time.js';

/** A stretch of time in which a look-alike happened, for saying which of them tripped an alert. */
export interface LookalikeWindow {
  readonly label: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** One service's simulated weeks: the clock, the scripts that are under way, and the truth about them. */
export class World {
  readonly rng: Rng;
  readonly #ids: Rng;
  readonly startMs = RUN_START_MS;
  readonly endMs: number;
  readonly campaigns: Campaign[] = [];
  readonly lookalikes: LookalikeWindow[] = [];
  /** Changes every exchange just before it is recorded, for the robustness arms. */
  alter: ((exchange: Exchange) => void) | null = null;
  readonly #scheduler = new Scheduler();
  #outbox: Exchange[] = [];
  #nowMs: number = RUN_START_MS;

  constructor(
    seed: string,
    readonly days: number,
  ) {
    this.rng = new Rng(seed);
    this.#ids = new Rng(`${seed}/ids`);
    this.endMs = RUN_START_MS + days * DAY;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Starts a script, now or at a later time; what would start after the end never does. */
  spawn(script: Script, atMs: number = this.#nowMs): void {
    if (atMs < this.endMs) this.#scheduler.add(script, Math.max(atMs, this.#nowMs));
  }

  send(exchange: Exchange): void {
    this.#outbox.push(exchange);
  }

  campaign(type: AlertType, strength: Strength, service: string, description: string): Campaign {
    const campaign = new Campaign(`C${this.campaigns.length + 1}`, type, strength, service, description);
    this.campaigns.push(campaign);
    return campaign;
  }

  /** Notes that a look-alike goes on for `durationMs` from now. */
  mark(label: string, durationMs: number): void {
    this.lookalikes.push({ label, startMs: this.#nowMs, endMs: this.#nowMs + durationMs });
  }

  /** All exchanges, in the order of their starts but for the few hundred ms of requests sent in parallel. */
  *run(): Generator<Exchange, void, void> {
    const scheduler = this.#scheduler;
    while (scheduler.size > 0 && scheduler.nextMs < this.endMs) {
      this.#nowMs = scheduler.nextMs;
      const script = scheduler.take();
      const step = script.next();
      if (step.done !== true) this.spawn(script, this.#nowMs + Math.max(0, step.value));
      const sent = this.#outbox;
      if (sent.length > 0) {
        this.#outbox = [];
        for (const exchange of sent) {
          this.alter?.(exchange);
          exchange.campaign?.record(exchange);
          exchange.traceId = this.#ids.hex(32);
          exchange.spanId = this.#ids.hex(16);
          yield exchange;
        }
      }
    }
  }
}
