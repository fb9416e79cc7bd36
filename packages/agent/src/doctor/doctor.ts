import { readConfig } from '../config.js';
import { createLog } from '../log.js';
import { AGENT_VERSION } from '../version.js';
import { type Check, fail, warn } from './check.js';
import { checkCollector } from './collector-checks.js';
import { checkNode, checkPreload, checkProxies, checkSpool, checkTracers } from './setup-checks.js';

/** Looks at everything that the agent needs, with the environment and in the folder that the service has. */
export async function examine(env: NodeJS.ProcessEnv, folder: string): Promise<readonly Check[]> {
  const complaints: Check[] = [];
  const config = readConfig(
    env,
    createLog((line) => complaints.push(warn('settings', line.replace(/^\[vedette\] /, '').trim(), 'see the README'))),
  );
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') {
    complaints.push(fail('settings', 'OTEL_SDK_DISABLED=true turns the agent off', 'remove it'));
  }
  return [
    checkNode(process.versions.node),
    checkPreload(env, folder),
    ...complaints,
    ...(await checkCollector(config)),
    checkProxies(config, env),
    checkTracers(config, env, folder),
    checkSpool(config),
  ];
}

const SIGNS = { ok: 'ok  ', info: 'info', warn: 'warn', fail: 'FAIL' } as const;

/** One line a check, with what to do. */
export function toText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, state, finding, advice }) => {
    const line = `${SIGNS[state]}  ${name.padEnd(width)}  ${finding}`;
    return advice === '' ? line : `${line}: ${advice}`;
  });
  return `${[`@vedette/agent ${AGENT_VERSION}`, ...lines].join('\n')}\n`;
}

export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state !== 'fail');
}
