import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

export interface ServiceOptions {
  /** File in test/apps, or in `folder`. */
  readonly app: string;
  /** Where the service's packages are, `@vedette/agent` among them. */
  readonly folder?: string;
  /** Node to run it with, the own unless given. */
  readonly node?: string;
  /** Flags for Node, after those that load the agent. */
  readonly flags?: readonly string[];
  /** Finds the port in what the service prints once it listens. */
  readonly listening?: RegExp;
  /** How the agent is loaded; `none` runs the service bare. */
  readonly preload?: 'import' | 'require' | 'node-options' | 'twice' | 'none';
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Whether the test and the service send each other messages. */
  readonly hasMessages?: boolean;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const REGISTER = '@vedette/agent/register';

/** A service of test/apps in a process of its own, as a user starts it. Needs the built preload (dist). */
export class Service {
  readonly process: ChildProcess;
  #errors = '';
  #port = 0;
  readonly #ended: Promise<Ending>;

  private constructor(child: ChildProcess) {
    this.process = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const preload = options.preload ?? 'import';
    const flags = {
      import: ['--import', REGISTER],
      require: ['--require', REGISTER],
      twice: ['--import', REGISTER, '--require', REGISTER],
      'node-options': [],
      none: [],
    }[preload];
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const app = options.folder === undefined ? `test/apps/${options.app}` : options.app;
    const child = spawn(
      options.node ?? process.execPath,
      [...flags, ...(options.flags ?? []), app, ...(options.args ?? [])],
      {
        cwd: options.folder ?? packageRoot,
        stdio: ['ignore', 'pipe', 'pipe', ...(options.hasMessages ? (['ipc'] as const) : [])],
        env: {
          ...inherited,
          ...options.env,
          ...(preload === 'node-options' ? { NODE_OPTIONS: `--import ${REGISTER}` } : {}),
        },
      },
    );
    const service = new Service(child);
    service.#port = await Promise.race([
      printedPort(child.stdout as Readable, options.listening ?? /^(\d+)\n/),
      service.#ended.then(({ code }) => {
        throw new Error(`${options.app} ended with ${code}: ${service.#errors}`);
      }),
    ]);
    return service;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What the process wrote to standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Lines that the agent wrote. */
  get warnings(): readonly string[] {
    return this.#errors.split('\n').filter((line) => line.startsWith('[vedette]'));
  }

  get ended(): Promise<Ending> {
    return this.#ended;
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.process.kill(signal);
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop('SIGKILL');
  }
}

function printedPort(stdout: Readable, listening: RegExp): Promise<number> {
  return new Promise((resolve) => {
    let printed = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const port = listening.exec(printed)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
