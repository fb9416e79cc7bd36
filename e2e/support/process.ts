import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { later } from './scope.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built `vedette` command. */
export const VEDETTE = `${ROOT}apps/cli/dist/main.js`;

export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything written so far. */
  output(): string;
  /** Resolves with the first match in the output; rejects when the process ends without one. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Ends it and waits. @returns its exit code, or `null` when a signal ended it */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code. */
  exit(): Promise<number | null>;
}

/** Starts `node …args`, ended with the test. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = ROOT): RunningProcess {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const running: RunningProcess = {
    child,
    output: () => text,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = text.match(pattern);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        void exit.then((code) => reject(new Error(`ended with ${code} before it said ${pattern}:\n${text}`)));
        look();
      }),
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exit;
    },
    exit: () => exit,
  };
  later(() => running.end('SIGKILL'));
  return running;
}
