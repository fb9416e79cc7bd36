import type { AgentReport } from '@vedette/intake';
import type { AgentHealth } from '@vedette/protocol';

/** Agents that are known at once; past it one of the service with the most goes, the one that was heard longest ago. */
const MAX_AGENTS = 2_000;
/** Agents send every 30 s; one that missed three is stale, ms. */
const STALE_MS = 95_000;
/** How long agents are remembered: such as fell silent, and such as said that they end, ms. */
const FORGET_SILENT_MS = 24 * 60 * 60_000;
const FORGET_ENDED_MS = 60 * 60_000;

interface Known {
  readonly report: AgentReport;
  readonly seenMs: number;
}

/** The service of which an agent tells. */
export function serviceOf({ resource }: AgentReport): string {
  return resource.get('service.name') ?? 'unknown';
}

/**
 * The last that each agent told of itself, by its service and `service.instance.id`, so that no service speaks for the
 * agents of another nor crowds them out. Kept in memory: agents tell it again soon.
 */
export class AgentRegistry {
  readonly #services = new Map<string, Map<string, Known>>();
  #size = 0;

  /** @returns whether it was taken: an agent without an instance id is nobody */
  take(report: AgentReport, nowMs: number): boolean {
    const id = report.resource.get('service.instance.id');
    if (id === undefined || id === '') return false;
    const service = serviceOf(report);
    const agents = this.#services.get(service) ?? new Map<string, Known>();
    this.#services.set(service, agents);
    // Behind the others, so that the map is in the order in which they were heard.
    if (!agents.delete(id)) this.#size++;
    agents.set(id, { report, seenMs: nowMs });
    if (this.#size > MAX_AGENTS) this.#forgetOne();
    return true;
  }

  /** Health of all agents that are remembered, by service, the last started first. */
  list(nowMs: number): AgentHealth[] {
    const healths: AgentHealth[] = [];
    for (const [service, agents] of this.#services) {
      for (const [instance, { report, seenMs }] of agents) {
        const isEnded = report.numbers.get('up') === 0;
        const silentMs = nowMs - seenMs;
        if (silentMs > (isEnded ? FORGET_ENDED_MS : FORGET_SILENT_MS)) this.#forget(service, instance);
        else {
          const state = isEnded ? 'ended' : silentMs > STALE_MS ? 'stale' : 'up';
          healths.push(health({ instance, state, seenMs, report }));
        }
      }
    }
    return healths.sort((a, b) => compare(a.service, b.service) || compare(b.startedAt ?? '', a.startedAt ?? ''));
  }

  /** The one heard longest ago of the service that has most; of several with as many, of the one known longest. */
  #forgetOne(): void {
    let largest = '';
    let size = 0;
    for (const [service, agents] of this.#services) {
      if (agents.size > size) {
        largest = service;
        size = agents.size;
      }
    }
    const [oldest] = this.#services.get(largest)?.keys() ?? [];
    if (oldest !== undefined) this.#forget(largest, oldest);
  }

  #forget(service: string, instance: string): void {
    const agents = this.#services.get(service);
    if (agents === undefined || !agents.delete(instance)) return;
    this.#size--;
    if (agents.size === 0) this.#services.delete(service);
  }
}

interface Reading extends Known {
  readonly instance: string;
  readonly state: AgentHealth['state'];
}

function health({ instance, state, seenMs, report }: Reading): AgentHealth {
  const { resource, numbers, words } = report;
  const count = (name: string): number => Math.max(0, Math.round(finite(numbers.get(name)) ?? 0));
  const overheadUs = finite(numbers.get('overhead'));
  return {
    instance,
    service: serviceOf(report),
    host: resource.get('host.name') ?? '',
    process: resource.get('process.pid') ?? '',
    version: words.get('version') ?? '',
    node: words.get('node') ?? '',
    capture: words.get('capture') ?? '',
    frameworks: (words.get('frameworks') ?? '').split(',').filter((name) => name !== ''),
    state,
    isCapturing: numbers.get('capturing') !== 0,
    startedAt: timeOf(report.startMs),
    lastSeen: new Date(seenMs).toISOString(),
    queueSpans: count('queue.spans'),
    queueBytes: count('queue.bytes'),
    delivered: count('spans.delivered'),
    dropped: count('spans.dropped'),
    rejected: count('spans.rejected'),
    faults: count('faults'),
    overheadUs: overheadUs === undefined || overheadUs < 0 ? null : overheadUs,
  };
}

/** Text of a time that the agent's own clock gave; `null` where there is none or it makes no sense. */
function timeOf(unixMs: number): string | null {
  return unixMs > 0 && unixMs < 253_402_300_800_000 ? new Date(unixMs).toISOString() : null;
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
