import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, type CollectorOptions, createCollector } from '@vedette/collector';
import { type RequestEvent, StatsSchema } from '@vedette/protocol';

/** The collector's own default, to name it where it is taken. */
const DEFAULT_PORT = 4400;

export interface DemoCollector {
  readonly collector: Collector;
  /** Counted in storage by the collector itself, through its API. */
  countStored(): Promise<number>;
  /** Stores a past, unless there is one. @returns how many events, or `undefined` where there was one */
  importPast(events: AsyncIterable<readonly RequestEvent[]>): Promise<number | undefined>;
  /** Closes the collector and removes the directory that was made for it. */
  close(): Promise<void>;
  /** That directory, or `undefined` where the person gave one. */
  readonly temporaryDir: string | undefined;
}

/** Opens a collector, in a temporary directory where none is given, on a free port where the wanted one is taken. */
export async function openDemoCollector(
  settings: CollectorOptions,
  print: (line: string) => void,
): Promise<DemoCollector> {
  const apiToken = settings.apiToken ?? `vdt_api_${randomBytes(24).toString('base64url')}`;
  const temporaryDir = settings.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'vedette-demo-')) : undefined;
  const removeDir = async () => {
    if (temporaryDir !== undefined) await rm(temporaryDir, { recursive: true, force: true });
  };
  const dataDir = settings.dataDir ?? temporaryDir;
  try {
    const collector = await createCollector({ ...settings, apiToken, dataDir }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'VDT_PORT_IN_USE') throw error;
      print(`Port ${settings.port ?? DEFAULT_PORT} is taken; using a free one.`);
      return createCollector({ ...settings, apiToken, dataDir, port: 0 });
    });
    const countStored = async () => {
      const response = await fetch(`${collector.url}/api/stats`, { headers: { authorization: `Bearer ${apiToken}` } });
      return StatsSchema.parse(await response.json()).requestEvents;
    };
    return {
      collector,
      countStored,
      importPast: async (events) =>
        (await countStored()) > 0 ? undefined : (await collector.importHistory(events)).events,
      close: async () => {
        await collector.close();
        await removeDir();
      },
      temporaryDir,
    };
  } catch (error) {
    await removeDir();
    throw error;
  }
}
