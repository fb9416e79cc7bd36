import { fork } from 'node:child_process';
import { doJob, type Job } from './job.js';
import type { RunScore } from './run.js';

/** First argument of a process that does one job. */
export const WORKER = 'worker';

export interface PoolOptions {
  /** At the same time. One runs here; more run in processes of their own, one for each job, so that memory stays flat. */
  readonly processes: number;
  readonly onDone: (scores: readonly RunScore[], done: number) => void;
}

/** Does all jobs. @returns their scores, in the order of the jobs whatever finishes first */
export async function runJobs(jobs: readonly Job[], options: PoolOptions): Promise<RunScore[][]> {
  const results: RunScore[][] = [];
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      const job = jobs[at]!;
      results[at] = options.processes === 1 ? doJob(job) : await inProcess(job);
      options.onDone(results[at], ++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.processes, jobs.length) }, lane));
  return results;
}

function inProcess(job: Job): Promise<RunScore[]> {
  return new Promise((resolve, reject) => {
    // The structured clone keeps NaN and Infinity, which JSON does not.
    const child = fork(process.argv[1]!, [WORKER], { serialization: 'advanced' });
    let scores: RunScore[] | undefined;
    child.on('message', (message) => {
      scores = message as RunScore[];
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (scores !== undefined) resolve(scores);
      else reject(new Error(`${job.run.service}/${job.run.seed}/${job.run.form}: its process ended with ${code}`));
    });
    child.send(job);
  });
}

/** What a process of the pool does: one job, then it ends. */
export function work(): void {
  process.once('message', (job) => {
    process.send!(doJob(job as Job), () => process.disconnect());
  });
}
