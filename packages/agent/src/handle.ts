import type { EventReport, ReportedActorKind, RequestLike } from './reports.js';

/** The running agent, for the service and for tests. None of it throws. */
export interface AgentHandle {
  /**
   * Sends all that waits now.
   *
   * @param timeoutMs how long to keep trying
   * @returns whether everything was delivered
   */
  flush(timeoutMs: number): Promise<boolean>;
  /** `undefined` where a fault of the agent keeps it from telling. */
  status(): AgentStatus | undefined;
  /** Takes what the service says of an attempt. */
  trackEvent(report: EventReport): void;
  /** Takes what the service says of who makes a request. */
  setActor(request: RequestLike, id: string | number | bigint, kind: ReportedActorKind): void;
}

/** Counts since the start of the process, in spans unless said otherwise. */
export interface AgentStatus {
  /** `false` once faults of the agent have turned capture off. */
  readonly capturing: boolean;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly delivered: number;
  /** Lost because the bound on memory was reached. */
  readonly dropped: number;
  /** Refused by the collector for good. */
  readonly rejected: number;
  /** Faults of the agent that were kept from the service. */
  readonly faults: number;
}

/** Registered, so that all copies of the package in a process see the one running agent. */
const HANDLE = Symbol.for('vedette.agent');

interface Registry {
  [HANDLE]?: AgentHandle | 'starting';
}

const registry = globalThis as Registry;

/** Claims the process for one agent. @returns `false` if another copy has it already */
export function claimProcess(): boolean {
  if (registry[HANDLE] !== undefined) return false;
  registry[HANDLE] = 'starting';
  return true;
}

export function publishHandle(handle: AgentHandle): void {
  registry[HANDLE] = handle;
}

export function runningAgent(): AgentHandle | undefined {
  const handle = registry[HANDLE];
  return handle === 'starting' ? undefined : handle;
}
