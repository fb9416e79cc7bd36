import { type AgentStatus, runningAgent } from './handle.js';

export type { AgentStatus } from './handle.js';

/**
 * Sends all that waits now, for instance before a function-as-a-service freezes the process.
 *
 * @param timeoutMs how long to keep trying, 2 s unless given
 * @returns whether everything was delivered; `true` where no agent runs
 */
export function flush(timeoutMs = 2_000): Promise<boolean> {
  return runningAgent()?.flush(timeoutMs) ?? Promise.resolve(true);
}

/** Counts of the agent in this process, or `undefined` where none runs. */
export function status(): AgentStatus | undefined {
  return runningAgent()?.status();
}
