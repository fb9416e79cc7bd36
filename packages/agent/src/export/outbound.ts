import { frameworksSeen } from '../capture/frameworks.js';
import type { Overhead } from '../capture/overhead.js';
import type { AgentConfig } from '../config.js';
import type { FaultGuard } from '../fault-guard.js';
import type { AgentStatus } from '../handle.js';
import { EXIT_FLUSH_MS, type LifecycleHooks } from '../lifecycle.js';
import type { Log } from '../log.js';
import { AGENT_VERSION } from '../version.js';
import type { AgentMetric } from './encode-metrics.js';
import { sendAtExit } from './exit-sender.js';
import { DEFAULT_TIMING, Exporter } from './exporter.js';
import { Heartbeat } from './heartbeat.js';
import { RequestEnvelope } from './request-envelope.js';
import { type Batch, SpanQueue } from './span-queue.js';
import { Spool } from './spool.js';
import { SpoolSender } from './spool-sender.js';
import { Transport } from './transport.js';

/** Time for one answer of the collector, ms. */
const CALL_TIMEOUT_MS = 10_000;

export interface OutboundOptions {
  readonly config: AgentConfig;
  readonly log: Log;
  readonly guard: FaultGuard;
  readonly overhead: Overhead;
}

/** Composes all that leaves the process: spans by queue, exporter and spool, and what the agent tells of itself. */
export class Outbound {
  readonly exporter: Exporter;
  readonly #options: OutboundOptions;
  readonly #queue: SpanQueue;
  readonly #spool: Spool | undefined;
  readonly #spoolSender: SpoolSender | undefined;
  readonly #heartbeat: Heartbeat;

  constructor(options: OutboundOptions) {
    const { config, log, guard } = options;
    const { collectorUrl, token, compress } = config;
    this.#options = options;
    this.#spool = openSpool(config, log);
    const envelope = new RequestEnvelope(config.resource, { name: '@vedette/agent', version: AGENT_VERSION });
    this.#queue = new SpanQueue({
      maxBytes: config.queueBytes,
      envelope,
      overflow: (batch) => this.#spool?.put(batch) ?? false,
    });
    if (config.pseudonymKey !== '') this.#queue.useKey(config.pseudonymKey);
    const transport = new Transport({ collectorUrl, token, timeoutMs: CALL_TIMEOUT_MS, guard });
    const sending = { transport, compress };
    this.#spoolSender = this.#spool && new SpoolSender(this.#spool, sending, guard);
    this.exporter = new Exporter({
      ...sending,
      queue: this.#queue,
      log,
      guard,
      collectorUrl,
      timing: DEFAULT_TIMING,
      onRecovered: () => this.#heartbeat.beat(),
    });
    this.#heartbeat = new Heartbeat({
      transport,
      envelope,
      guard,
      read: () => this.#metrics(),
      onBeat: () => this.#spoolSender?.start(),
    });
  }

  /** The service serves: from now on the agent tells of itself. */
  start(): void {
    this.#heartbeat.start();
  }

  /** What is done with what waits when the process ends. */
  get ending(): LifecycleHooks {
    return {
      isIdle: () => this.#queue.spans === 0 && (!this.#heartbeat.isRunning || this.exporter.troubled),
      flush: (timeoutMs) => this.#flushAtEnd(timeoutMs),
      flushAtExit: () => this.#sendRest(),
      keepAtCrash: () => (this.#spool ? this.#spoolRest() : this.#sendRest()),
    };
  }

  status(): AgentStatus {
    const { guard } = this.#options;
    return {
      capturing: !guard.tripped,
      waiting: this.#queue.spans,
      waitingBytes: this.#queue.bytes,
      delivered: this.exporter.delivered + (this.#spoolSender?.delivered ?? 0),
      dropped: this.#queue.dropped + (this.#spool?.dropped ?? 0),
      rejected: this.exporter.rejected + (this.#spoolSender?.rejected ?? 0),
      faults: guard.faults,
    };
  }

  async #flushAtEnd(timeoutMs: number): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      deadline = setTimeout(resolve, timeoutMs);
    });
    const farewell = this.exporter.troubled ? undefined : Promise.race([this.#heartbeat.end(), late]);
    await Promise.all([this.exporter.flush(timeoutMs), farewell]);
    clearTimeout(deadline);
    this.#spoolRest();
  }

  /** While the event loop no longer turns: what the collector does not take goes to the spool. */
  #sendRest(): void {
    const { config } = this.#options;
    const batches = this.#queue.drain();
    let sent = 0;
    if (!this.exporter.troubled) {
      const last = this.#heartbeat.last();
      const calls = [
        ...batches.map(({ body }) => ({ path: '/v1/traces', body })),
        ...(last ? [{ path: '/v1/metrics', body: last }] : []),
      ];
      sent = sendAtExit(calls, {
        collectorUrl: config.collectorUrl,
        token: config.token,
        timeoutMs: EXIT_FLUSH_MS,
      });
    }
    this.#keep(batches.slice(sent));
  }

  /** Nothing raw is written: before the key is known there are no batches. */
  #spoolRest(): void {
    if (this.#spool) this.#keep(this.#queue.drain());
  }

  #keep(batches: readonly Batch[]): void {
    for (const batch of batches) this.#spool?.putSync(batch);
  }

  #metrics(): readonly AgentMetric[] {
    const { config, overhead } = this.#options;
    const status = this.status();
    const about = {
      version: AGENT_VERSION,
      node: process.versions.node,
      capture: config.capture,
      frameworks: frameworksSeen().join(','),
    };
    const gauge = (name: string, unit: string, value: number): AgentMetric => ({ name, unit, kind: 'gauge', value });
    const count = (name: string, unit: string, value: number): AgentMetric => ({ name, unit, kind: 'count', value });
    return [
      { ...gauge('vedette.agent.capturing', '1', status.capturing ? 1 : 0), attributes: about },
      gauge('vedette.agent.queue.spans', '{span}', status.waiting),
      gauge('vedette.agent.queue.bytes', 'By', status.waitingBytes),
      count('vedette.agent.spans.delivered', '{span}', status.delivered),
      count('vedette.agent.spans.dropped', '{span}', status.dropped),
      count('vedette.agent.spans.rejected', '{span}', status.rejected),
      count('vedette.agent.faults', '{fault}', status.faults),
      ...(overhead.medianUs < 0 ? [] : [gauge('vedette.agent.overhead', 'us', overhead.medianUs)]),
    ];
  }
}

function openSpool({ spoolFolder, spoolBytes, serviceName }: AgentConfig, log: Log): Spool | undefined {
  if (spoolFolder === '') return undefined;
  try {
    return new Spool({ folder: spoolFolder, serviceName, maxBytes: spoolBytes });
  } catch (error) {
    log.warnOnce(
      'VDT_AGENT_SPOOL',
      `VEDETTE_SPOOL: ${error instanceof Error ? error.message : String(error)}. Spans are not kept on disk`,
    );
    return undefined;
  }
}
