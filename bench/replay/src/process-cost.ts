import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What one process of Node cost. CPU seconds are NaN where the system does not tell (it does on Linux). */
export interface Cost {
  readonly wallSeconds: number;
  readonly mainSeconds: number;
  /** The busiest of the other threads. */
  readonly readingSeconds: number;
  /** All further threads: garbage collection, compiler, file system. */
  readonly otherSeconds: number;
  /** Largest resident set. */
  readonly rssMB: number;
  readonly stdout: string;
}

/** Between two looks at the threads; what a thread does after the last look is missing. */
const LOOK_MS = 25;

/** Runs Node with these arguments to its end. */
export async function measure(args: readonly string[]): Promise<Cost> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const threads = new Map<string, number>();
  let rssMB = 0;
  const look = () => {
    try {
      const process = `/proc/${child.pid}`;
      for (const thread of readdirSync(`${process}/task`)) {
        const spent = readFileSync(`${process}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0];
        threads.set(thread, Number(spent) / 1e9);
      }
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`${process}/status`, 'utf8'))?.[1];
      if (peak !== undefined) rssMB = Number(peak) / 1024;
    } catch {
      // The process has ended, or this system has no /proc.
    }
  };
  const timer = setInterval(look, LOOK_MS);
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  await ended(child, args);
  clearInterval(timer);
  const wallSeconds = (performance.now() - startMs) / 1000;
  const mainSeconds = threads.get(String(child.pid)) ?? Number.NaN;
  threads.delete(String(child.pid));
  const [readingSeconds = Number.NaN, ...others] = [...threads.values()].sort((a, b) => b - a);
  const otherSeconds = others.reduce((sum, seconds) => sum + seconds, 0);
  return { wallSeconds, mainSeconds, readingSeconds, otherSeconds, rssMB, stdout };
}

/** Runs a program whose output belongs to the person who watches. */
export async function run(program: string, args: readonly string[]): Promise<void> {
  await ended(spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }), args);
}

function ended(child: ReturnType<typeof spawn>, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}
