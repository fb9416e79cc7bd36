import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Watched } from './watch.js';

export const INGEST_TOKEN = 'bench-ingest-token-0001';
export const API_TOKEN = 'bench-admin-token-00001';

/** `vedette start` in a process of its own. */
export class CollectorProcess {
  private constructor(
    readonly url: string,
    readonly pid: number,
    readonly readyMs: number,
    readonly child: ChildProcess,
  ) {}

  /** @param profileDir where its threads leave their CPU profiles when they end */
  static async start(dataDir: string, profileDir: string): Promise<CollectorProcess> {
    const startedAt = performance.now();
    const command = fileURLToPath(import.meta.resolve('../../../apps/cli/dist/main.js'));
    const child = spawn(
      process.execPath,
      [
        ...['--cpu-prof', '--cpu-prof-interval', '2000', '--cpu-prof-dir', profileDir],
        ...['--import', import.meta.resolve('./watch.js')],
        ...[command, 'start', '--port', '0', '--data', dataDir],
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        env: { ...process.env, VEDETTE_INGEST_TOKEN: INGEST_TOKEN, VEDETTE_API_TOKEN: API_TOKEN },
      },
    );
    let printed = '';
    for await (const chunk of child.stdout!) {
      printed += String(chunk);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
      if (url === undefined) continue;
      return new CollectorProcess(url, child.pid!, performance.now() - startedAt, child);
    }
    throw new Error(`the collector did not start: ${printed}`);
  }

  async watch(): Promise<Watched> {
    this.child.send('watch');
    const [watched] = (await once(this.child, 'message')) as [Watched];
    return watched;
  }

  /** Event-loop delay is measured anew from now on. */
  reset(): void {
    this.child.send('reset');
  }

  /** Numbers of `/metrics`, those with labels summed. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${this.url}/metrics`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
    const values = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const match = /^([a-z_]+)(?:\{[^}]*\})? (\S+)$/.exec(line);
      if (match !== null) values.set(match[1]!, (values.get(match[1]!) ?? 0) + Number(match[2]));
    }
    return values;
  }

  /** SIGTERM. @returns ms until the process has ended */
  async stop(): Promise<number> {
    const stoppedAt = performance.now();
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    return performance.now() - stoppedAt;
  }
}
