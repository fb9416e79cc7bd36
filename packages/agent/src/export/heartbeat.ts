import type { FaultGuard } from '../fault-guard.js';
import { type AgentMetric, encodeMetrics } from './encode-metrics.js';
import type { RequestEnvelope } from './request-envelope.js';
import type { Transport } from './transport.js';

/** Time between two heartbeats, ms. */
export const HEARTBEAT_MS = 30_000;
/** A receiver without `/v1/metrics` is asked again only every so many heartbeats. */
const UNKNOWN_PAUSE = 20;

export interface HeartbeatOptions {
  readonly transport: Transport;
  readonly envelope: RequestEnvelope;
  readonly guard: FaultGuard;
  /** The agent's numbers as they are now. */
  readonly read: () => readonly AgentMetric[];
  /** Called before each heartbeat, for what else is looked after twice a minute. */
  readonly onBeat: () => void;
}

/**
 * Tells the collector how the agent is: once it serves, every 30 s, and when the process ends. One that does not arrive is
 * not repeated: counts run from the start of the process, so that the next one tells all.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #startMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #pause = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Whether there was a first heartbeat, and not yet a last. */
  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** The first heartbeat, and the others after it; once. */
  start(): void {
    if (this.#timer) return;
    const { guard } = this.#options;
    this.#timer = setInterval(() => guard.always(() => this.beat()), HEARTBEAT_MS).unref();
    this.beat();
  }

  /** The last one, awaited; `undefined` where there was no first. */
  end(): Promise<void> | undefined {
    if (!this.#timer) return undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
    return this.#send(false).catch((fault) => this.#options.guard.count(fault));
  }

  /** The last one, to be sent by others while the process ends; `undefined` where there was no first. */
  last(): Buffer | undefined {
    return this.#timer && this.#encode(false);
  }

  /** One between the turns, because there is something to tell; none before the first. */
  beat(): void {
    if (!this.#timer) return;
    this.#options.onBeat();
    if (this.#pause > 0) {
      this.#pause--;
      return;
    }
    void this.#send(true).catch((fault) => this.#options.guard.count(fault));
  }

  async #send(isUp: boolean): Promise<void> {
    const reply = await this.#options.transport.call({
      method: 'POST',
      path: '/v1/metrics',
      headers: { 'content-type': 'application/x-protobuf' },
      body: this.#encode(isUp),
    });
    if (reply.kind === 'answered' && (reply.status === 404 || reply.status === 405)) this.#pause = UNKNOWN_PAUSE;
  }

  #encode(isUp: boolean): Buffer {
    const up: AgentMetric = { name: 'vedette.agent.up', unit: '1', kind: 'gauge', value: isUp ? 1 : 0 };
    const time = { startMs: this.#startMs, nowMs: Date.now() };
    return this.#options.envelope.wrap(encodeMetrics([up, ...this.#options.read()], time));
  }
}
