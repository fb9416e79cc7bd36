import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type CollectorProcess, type Ended, startCollector } from './collector-process.js';
import type { Random } from './random.js';
import type { SmallDisk } from './small-disk.js';

/** What was done to the collector, and how it took it. */
export interface OrdealTally {
  kills: number;
  /** Of these, before it was ready. */
  killsWhileStarting: number;
  terminations: number;
  slowestTerminationMs: number;
  startsMs: number[];
  diskFilled: number;
  /** Times at which a full disk was told of by `/readyz`, and its end too. */
  diskFullSeen: number;
  slowestRecoveryMs: number;
  violations: string[];
}

export interface OrdealOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly random: Random;
  readonly disk: SmallDisk | null;
  readonly log: (line: string) => void;
}

/** A graceful stop may take this long, ms. */
const TERMINATION_MS = 10_000;
/** A start may take this long here, ms: a generous bound against one that hangs. */
const START_MS = 60_000;
/** A full disk must be told of, and the end of it, within this time, ms. */
const READINESS_MS = 15_000;

/** Runs the collector on one address, ends it in every way there is, and starts it again. */
export class Ordeal {
  readonly url: string;
  readonly tally: OrdealTally = {
    kills: 0,
    killsWhileStarting: 0,
    terminations: 0,
    slowestTerminationMs: 0,
    startsMs: [],
    diskFilled: 0,
    diskFullSeen: 0,
    slowestRecoveryMs: 0,
    violations: [],
  };
  readonly #options: OrdealOptions;
  readonly #port: number;
  #process: CollectorProcess | null = null;

  private constructor(options: OrdealOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async create(options: OrdealOptions): Promise<Ordeal> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return new Ordeal(options, port);
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const ready = await this.#within(this.#spawn().ready, START_MS);
    if (ready === null) throw new Error(`the collector did not start:\n${(await this.#process!.ended).log}`);
    this.tally.startsMs.push(ready);
  }

  /** Kills it at some instant, one time in four while it starts, and starts it again without waiting. */
  async kill(): Promise<void> {
    const { random } = this.#options;
    const running = this.#process!;
    let isReady = false;
    void running.ready.then((ms) => {
      isReady = ms !== null;
    });
    const isEarly = random.isTrue(0.25);
    const pauseMs = random.between(0, 2500);
    // Most of the time it is at work when it happens, however slow the machine.
    if (!isEarly) await this.#within(running.ready, START_MS);
    await pause(pauseMs);
    running.kill('SIGKILL');
    const ended = await running.ended;
    this.tally.kills++;
    if (!isReady) this.tally.killsWhileStarting++;
    if (ended.signal !== 'SIGKILL') this.#complain('ended by itself before it was killed', ended);
    const next = this.#spawn();
    void next.ready.then((ms) => {
      if (ms !== null) this.tally.startsMs.push(ms);
    });
  }

  /** A graceful stop in the middle of traffic, and a start. */
  async terminate(): Promise<void> {
    await this.#within(this.#process!.ready, START_MS);
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const running = this.#process!;
    const startedAt = performance.now();
    running.kill('SIGTERM');
    const deadline = setTimeout(() => running.kill('SIGKILL'), TERMINATION_MS);
    const ended = await running.ended;
    clearTimeout(deadline);
    this.tally.terminations++;
    this.tally.slowestTerminationMs = Math.max(this.tally.slowestTerminationMs, performance.now() - startedAt);
    if (ended.code !== 0) this.#complain(`SIGTERM: exit ${ended.code}, signal ${ended.signal}`, ended);
  }

  /** Fills the disk under it, for a while, with a kill in the middle one time in three, and makes room again. */
  async fillDisk(): Promise<void> {
    const { disk, random, log } = this.#options;
    if (disk === null) return;
    await this.#within(this.#process!.ready, START_MS);
    disk.fill();
    this.tally.diskFilled++;
    const isSeen = await this.#until(503, READINESS_MS);
    if (!isSeen) this.tally.violations.push('the disk is full and /readyz says nothing of it');
    await pause(random.between(500, 2500));
    if (random.isTrue(0.33)) {
      this.#process!.kill('SIGKILL');
      await this.#process!.ended;
      this.tally.kills++;
      log('killed while the disk was full');
      const starting = this.#spawn();
      const end = await Promise.race([starting.ended, pause(4000, null)]);
      // It may refuse to start without room, if it says so.
      if (end !== null && !/VDT_STORAGE_FULL|No space left/i.test(end.log)) {
        this.#complain('refused to start on a full disk without saying why', end);
      }
    }
    disk.free();
    const freedAt = performance.now();
    if (await this.#hasEnded()) await this.start();
    if (await this.#until(200, READINESS_MS + START_MS)) {
      if (isSeen) this.tally.diskFullSeen++;
      this.tally.slowestRecoveryMs = Math.max(this.tally.slowestRecoveryMs, performance.now() - freedAt);
    } else {
      this.tally.violations.push('there is room again and /readyz is not 200');
    }
  }

  /** Ends it whatever happens. */
  async abandon(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
  }

  #spawn(): CollectorProcess {
    this.#process = startCollector({ ...this.#options.env, VEDETTE_PORT: String(this.#port) });
    return this.#process;
  }

  async #hasEnded(): Promise<boolean> {
    return (await Promise.race([this.#process!.ended, pause(50, null)])) !== null;
  }

  async #until(status: number, withinMs: number): Promise<boolean> {
    const endsAt = performance.now() + withinMs;
    while (performance.now() < endsAt) {
      const seen = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
        (response) => response.status,
        () => 0,
      );
      if (seen === status) return true;
      await pause(100);
    }
    return false;
  }

  async #within<Result>(work: Promise<Result>, ms: number): Promise<Result | null> {
    return Promise.race([work, pause(ms, null, { ref: false })]);
  }

  #complain(what: string, ended: Ended): void {
    this.tally.violations.push(what);
    this.#options.log(`${what}:\n${ended.log.slice(-3000)}`);
  }
}
