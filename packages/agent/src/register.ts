/**
 * The preload: `node --import @vedette/agent/register app.js`. Starts the agent once a thread; never throws. Worker
 * threads inherit the preload; one that serves nothing has no timer and no socket of ours.
 */
import { startAgent } from './agent.js';
import { claimProcess, publishHandle } from './handle.js';
import { createLog } from './log.js';

const isDisabled = process.env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';

if (!isDisabled && claimProcess()) {
  try {
    publishHandle(startAgent(process.env));
  } catch (error) {
    createLog().warnOnce(
      'VDT_AGENT_START',
      `the agent could not start and stays off: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
