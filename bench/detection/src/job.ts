import type { EngineOptions } from '@vedette/detection';
import { createReader, type Reading } from './adapters/reader.js';
import { fixedCounts } from './baselines/fixed-counts.js';
import { leakyBuckets } from './baselines/leaky-bucket.js';
import { DAY, RUN_START_MS } from './core/time.js';
import { type RunOptions, type RunScore, runOne } from './run.js';
import { engineExaminee } from './score/engine-examinee.js';
import type { Examinee } from './score/raised-alert.js';

/** An engine with options, or one of the field's fixed thresholds; plain data, to be handed to another process. */
export type ExamineeSpec =
  | { readonly kind: 'engine'; readonly name: string; readonly engine: EngineOptions }
  | { readonly kind: 'leaky-bucket' }
  | { readonly kind: 'fixed-counts' };

/** One data set past some examinees, which all see the same requests. */
export interface Job {
  readonly run: RunOptions;
  readonly reading: Reading;
  readonly examinees: readonly ExamineeSpec[];
}

export function doJob(job: Job): RunScore[] {
  const { run } = job;
  const restarts = run.restartEveryDays === 0 ? 0 : Math.floor(run.days / run.restartEveryDays);
  const restartsAtMs = Array.from({ length: restarts }, (_, i) => RUN_START_MS + (i + 1) * run.restartEveryDays * DAY);
  const examinees = job.examinees.map((spec): Examinee => {
    if (spec.kind === 'leaky-bucket') return leakyBuckets();
    if (spec.kind === 'fixed-counts') return fixedCounts();
    return engineExaminee({ name: spec.name, engine: spec.engine, restartsAtMs });
  });
  return runOne(run, examinees, createReader(job.reading));
}
