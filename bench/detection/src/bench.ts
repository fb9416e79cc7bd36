import type { ExamineeSpec, Job } from './job.js';
import { BENCH_SETTINGS } from './lookalikes/ordered-scan.js';
import type { BenchOptions } from './options.js';
import { runJobs } from './pool.js';
import { ablationTable, armTable } from './report/comparison.js';
import { documentTables } from './report/document-tables.js';
import { missedList, summarise } from './report/summary.js';
import type { RunScore } from './run.js';

/** Engines that watch the same data set at once: each has hundreds of MB of its own at worst. */
const ENGINES_AT_ONCE = 6;
/** Name of the engine as it is. */
export const VEDETTE = 'vedette';

export interface BenchResult {
  /** Scores by examinee; with several arms by arm. */
  readonly scores: ReadonlyMap<string, readonly RunScore[]>;
  /** Markdown for people, and the part of it that belongs into the documents. */
  readonly report: string;
  readonly forDocs: string;
}

/** Runs what was asked for and makes its report. */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const jobs = jobsOf(options);
  const beganMs = performance.now();
  const results = await runJobs(jobs, {
    processes: options.processes,
    onDone: (scores, done) => console.error(`${done}/${jobs.length} ${progress(scores[0]!)}`),
  });
  const scores = new Map<string, RunScore[]>();
  results.forEach((list, at) => {
    for (const score of list) {
      const name = options.arms.length > 1 ? jobs[at]!.arm : score.examinee;
      scores.set(name, [...(scores.get(name) ?? []), score]);
    }
  });
  const { days, events } = jobs[0]!.run;
  const services = [...new Set(options.runs.map(({ service }) => service))].join(', ');
  const head = `${options.runs.length} data sets of ${services}, ${days} days with ${events.toLocaleString('en')} ordinary requests each and what happens besides; forms ${options.forms.join(', ')}, ${options.arms.length > 1 ? 'all arms' : `arm ${options.arms[0]}`}, reading ${options.reading}, ${duration(performance.now() - beganMs)}.`;
  return { scores, ...report(options, scores, head) };
}

function report(
  options: BenchOptions,
  scores: ReadonlyMap<string, readonly RunScore[]>,
  head: string,
): { report: string; forDocs: string } {
  const title = `# Detection bench: ${options.kind}\n\n${head}`;
  if (options.kind === 'ablations' || options.kind === 'arms') {
    const table = options.kind === 'arms' ? armTable(scores) : ablationTable(scores);
    return { report: `${title}\n\n${table}`, forDocs: `${head}\n\n${table}` };
  }
  const parts = [...scores].map(([name, list]) => `## ${name}\n\n${summarise(list)}`);
  if (options.missed) parts.push(missedList([...scores.values()][0]!));
  return { report: [title, ...parts].join('\n\n'), forDocs: `${head}\n\n${documentTables(scores)}` };
}

function jobsOf(options: BenchOptions): (Job & { readonly arm: string })[] {
  const groups = examineeGroups(options);
  return options.arms.flatMap((arm) =>
    options.runs.flatMap(({ service, seed }) =>
      options.forms.flatMap((form) =>
        groups.map((examinees) => ({
          arm,
          run: options.runOptions(service, seed, form, arm),
          reading: options.reading,
          examinees,
        })),
      ),
    ),
  );
}

function examineeGroups({ engine, ablated, baselines }: BenchOptions): ExamineeSpec[][] {
  const told = { settings: BENCH_SETTINGS, ...engine };
  const engines: ExamineeSpec[] = [
    { kind: 'engine', name: VEDETTE, engine: told },
    ...ablated.map((name) => ({
      kind: 'engine' as const,
      name: `without ${name}`,
      engine: { ...told, without: [name] },
    })),
  ];
  const groups: ExamineeSpec[][] = [];
  for (let at = 0; at < engines.length; at += ENGINES_AT_ONCE) groups.push(engines.slice(at, at + ENGINES_AT_ONCE));
  if (baselines) groups[0]!.push({ kind: 'leaky-bucket' }, { kind: 'fixed-counts' });
  return groups;
}

function progress(score: RunScore): string {
  const { campaigns, falseAlerts } = score;
  const visible = campaigns.filter((campaign) => campaign.isVisible);
  const found = visible.filter((campaign) => campaign.found).length;
  return (
    `${score.run} ${score.examinee}: ${score.benignRequests} benign, ${score.hostileRequests} hostile in ${score.seconds.toFixed(0)} s; ` +
    `${found}/${visible.length} found, ${falseAlerts.length} false; ${Math.round(process.memoryUsage.rss() / 1e6)} MB`
  );
}

function duration(ms: number): string {
  return ms < 120_000 ? `${(ms / 1000).toFixed(0)} s` : `${(ms / 60_000).toFixed(0)} min`;
}
