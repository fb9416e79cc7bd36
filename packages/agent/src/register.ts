/** The preload: `node --import @vedette/agent/register app.js`. Starts the agent once a process; never throws. */
import { isMainThread } from 'node:worker_threads';
import { startAgent } from './agent.js';
import { claimProcess, publishHandle } from './handle.js';

const isDisabled = process.env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';

if (isMainThread && !isDisabled && claimProcess()) {
  try {
    publishHandle(startAgent(process.env));
  } catch (error) {
    process.stderr.write(
      `[vedette] the agent could not start and stays off: ${error instanceof Error ? error.message : String(error)} (VDT_AGENT_START)\n`,
    );
  }
}
