import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VedetteError } from '@vedette/protocol';
import { freePort } from './ports.js';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;
const RETRY_MS = 25;

export interface ShopSettings {
  readonly collectorUrl: string;
  readonly ingestToken: string;
  readonly pseudonymKey: string;
}

export interface ShopProcess {
  readonly url: string;
  /** Resolves when it listens. @throws VedetteError `VDT_DEMO_SHOP` if it does not come up */
  readonly ready: Promise<void>;
  /** Rejects with `VDT_DEMO_SHOP` when the shop ends by itself. */
  readonly failed: Promise<never>;
  /** Asks it to end, which lets the agent send what it still holds, and waits until it has. */
  stop(): Promise<void>;
  /** Ends it at once, for a process that is about to end itself. */
  kill(): void;
}

/** Starts the example shop as it is, with the agent as a preload: the one thing that connecting a service takes. */
export async function startShop(settings: ShopSettings): Promise<ShopProcess> {
  const port = await freePort(HOST);
  const agent = import.meta.resolve('@vedette/agent/register');
  const shop = fileURLToPath(import.meta.resolve('@vedette/example-shop/main'));
  const child = spawn(process.execPath, ['--import', agent, shop], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      HOST,
      PORT: String(port),
      LOG_LEVEL: 'warn',
      OTEL_SERVICE_NAME: 'shop',
      VEDETTE_URL: settings.collectorUrl,
      VEDETTE_TOKEN: settings.ingestToken,
      VEDETTE_PSEUDONYM_KEY: settings.pseudonymKey,
      // The traffic comes through the demo's driver, which stands where a front proxy would.
      VEDETTE_TRUSTED_PROXIES: '127.0.0.1/32,::1/128',
    },
  });
  let isStopping = false;
  const failed = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      if (!isStopping) reject(new VedetteError('VDT_DEMO_SHOP', `The example shop ended by itself (${how}).`));
    });
  });
  const ready = Promise.race([untilListening(port), failed]);
  // Whoever waits for them hears of it; nobody may be waiting yet.
  failed.catch(() => {});
  ready.catch(() => {});
  return {
    url: `http://${HOST}:${port}`,
    ready,
    failed,
    stop: () => {
      isStopping = true;
      return end(child);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Waits without sending a request: each one would be watched. */
async function untilListening(port: number): Promise<void> {
  const deadlineMs = Date.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (Date.now() > deadlineMs) {
      throw new VedetteError('VDT_DEMO_SHOP', `The example shop does not listen after ${START_LIMIT_MS / 1000} s.`);
    }
    await pause(RETRY_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(killer);
}
