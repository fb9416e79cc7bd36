import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Pins a process to one core; where the system has no such command the figures are less steady. */
const TASKSET = '/usr/bin/taskset';

export interface ChildOptions {
  /** Path relative to this module. */
  readonly module: string;
  /** Core that the process may use. */
  readonly core: number;
  readonly nodeArguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A process of the bench that answers each message with one of its own. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exit: Promise<number | null>;
  #failed: (reason: Error) => void = () => {};

  constructor({ module, core, nodeArguments = [], env = {} }: ChildOptions) {
    const script = fileURLToPath(new URL(module, import.meta.url));
    const pinned = existsSync(TASKSET);
    this.#process = fork(script, {
      execPath: pinned ? TASKSET : process.execPath,
      execArgv: [...(pinned ? ['-c', String(core), process.execPath] : []), ...nodeArguments],
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#exit = new Promise((resolve) => {
      this.#process.once('exit', (code) => {
        this.#failed(new Error(`a process of the bench (${module}) ended with ${code}`));
        resolve(code);
      });
    });
    this.#process.stderr?.on('data', (text: Buffer) => process.stderr.write(text));
  }

  /** The next message. @throws Error if the process ends instead */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#process.once('message', (message) => resolve(message as T));
    });
  }

  ask<T>(question: object | string): Promise<T> {
    const answer = this.next<T>();
    this.#process.send(question);
    return answer;
  }

  /** Asks the process to end, and waits for it. */
  async end(question: string): Promise<void> {
    this.#process.send(question);
    await this.#exit;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
