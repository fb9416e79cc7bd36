import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a run of the collector came to. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last lines of its log. */
  readonly log: string;
}

/** `vedette start` as a process of its own. */
export interface CollectorProcess {
  /** Resolves once it says that it is ready, with the time that took, ms; `null` when it ended before. */
  readonly ready: Promise<number | null>;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

const VEDETTE = fileURLToPath(import.meta.resolve('vedette/package.json')).replace(/package\.json$/, 'dist/main.js');
const LOG_CHARACTERS = 20_000;

export function startCollector(env: NodeJS.ProcessEnv): CollectorProcess {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, [VEDETTE, 'start'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let said = '';
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal, log }) as Ended);
  const ready = new Promise<number | null>((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Vedette is ready')) resolve(performance.now() - startedAt);
    });
    void ended.then(() => resolve(null));
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_CHARACTERS);
  });
  return { ready, ended, kill: (signal) => void child.kill(signal) };
}
