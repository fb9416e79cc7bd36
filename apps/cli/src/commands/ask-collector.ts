import { resolve } from 'node:path';
import type { LocalAccess } from '@vedette/collector';
import { VedetteError } from '@vedette/protocol';
import { type StartFlags, settingsOf } from './start.js';

/**
 * Lets `ask` talk to the collector that runs on the data directory, or to one that runs for this question alone.
 *
 * @throws what starting a collector throws, and what `ask` throws
 */
export async function withCollector<T>(flags: StartFlags, ask: (access: LocalAccess) => Promise<T>): Promise<T> {
  // Loaded only now: commands that need no collector start in half the time.
  const { createCollector, findLocalAccess, optionsFrom } = await import('@vedette/collector');
  const options = optionsFrom({ ...settingsOf(flags), port: 0 }, process.env);
  const dataDir = resolve(options.dataDir ?? '.vedette');
  const running = await findLocalAccess(dataDir);
  if (running !== null) return ask(running);
  const collector = await createCollector({ ...options, host: '127.0.0.1' });
  try {
    const access = await findLocalAccess(dataDir);
    if (access === null) {
      throw new VedetteError('VDT_INTERNAL', 'the collector started for this question did not answer');
    }
    return await ask(access);
  } finally {
    await collector.close();
  }
}

/**
 * Calls the REST API of a collector.
 *
 * @throws VedetteError with the code and the words of the collector; `VDT_COLLECTOR_UNREACHABLE` where none answers
 */
export async function callApi<T>(access: LocalAccess, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(new URL(path, access.url), {
    method,
    headers: {
      authorization: `Bearer ${access.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new VedetteError('VDT_COLLECTOR_UNREACHABLE', `no collector answers at ${access.url}`, { cause });
  });
  const answer = (await response.json().catch(() => ({}))) as T & { code?: string; error?: string };
  if (response.ok) return answer;
  throw new VedetteError(answer.code ?? 'VDT_INTERNAL', answer.error ?? `the collector answered ${response.status}`);
}
