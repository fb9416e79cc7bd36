import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import { FORMS, type Form } from './adapters/form.js';
import { createReader, type Reading } from './adapters/reader.js';
import { ARMS } from './arms.js';
import { fixedCounts } from './baselines/fixed-counts.js';
import { leakyBuckets } from './baselines/leaky-bucket.js';
import { DAY, RUN_START_MS } from './core/time.js';
import { HELD_BACK_RUNS, tuningSeeds } from './held-back.js';
import { DEFAULT_PLAN } from './plan.js';
import { drawCurves } from './report/curves.js';
import { summarise } from './report/summary.js';
import { DEFAULT_RUN, type RunOptions, type RunScore, runOne } from './run.js';
import { engineExaminee } from './score/engine-examinee.js';
import { SERVICE_NAMES, type ServiceName } from './services/catalogue.js';
import { writeDataSet } from './write.js';

const USAGE = `Detection bench: simulated traffic past the engine, scored.

  node bench/detection/dist/main.js [options]
    --seeds N             tuning seeds (default 4)
    --events N            benign requests a run, roughly (default 1000000)
    --days N              simulated days a run (default 21)
    --service A,B         ${SERVICE_NAMES.join(', ')} (default: all but the held-back one)
    --form A,B            enriched, bare, log (default enriched)
    --only TYPE[,TYPE]    attacks of these types alone
    --no-attacks          benign traffic alone
    --arm NAME            ${ARMS.map((arm) => arm.name).join(', ')}
    --reading HOW         intake (default) or perfect
    --engine JSON         options of the engine, as for ablations (default {})
    --baselines           the field's fixed thresholds in the same tables
    --quick               one seed, 120000 requests a run, each look-alike once
    --held-back           the seeds and the service kept from tuning, and only those
    --missed              list every campaign missed
    --curves DIR          draw recall and time to detect as SVG
    --out FILE.json       everything, for machines

  node bench/detection/dist/main.js write --service S [--seed N] [--events N] [--days N] [--form F] --out DIR
    OTLP/JSON lines, a combined access log and truth.json`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    events: { type: 'string' },
    days: { type: 'string' },
    service: { type: 'string' },
    form: { type: 'string' },
    only: { type: 'string' },
    arm: { type: 'string' },
    reading: { type: 'string' },
    engine: { type: 'string' },
    curves: { type: 'string' },
    out: { type: 'string' },
    'no-attacks': { type: 'boolean' },
    baselines: { type: 'boolean' },
    quick: { type: 'boolean' },
    'held-back': { type: 'boolean' },
    missed: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) console.log(USAGE);
else if (positionals[0] === 'write')
  await writeDataSet(runOptions(services()[0]!, values.seed ?? '1', forms()[0]!), required(values.out, '--out DIR'));
else bench();

function bench(): void {
  const reading = oneOf<Reading>(values.reading ?? 'intake', ['intake', 'perfect'], '--reading');
  const runs =
    values['held-back'] === true
      ? HELD_BACK_RUNS
      : seedsOf().flatMap((seed) => services().map((service) => ({ service, seed })));
  const scores = new Map<string, RunScore[]>();
  const beganMs = performance.now();
  for (const { service, seed } of runs) {
    for (const form of forms()) {
      const options = runOptions(service, seed, form);
      const restarts = options.restartEveryDays;
      const restartsAtMs =
        restarts === 0
          ? []
          : Array.from(
              { length: Math.floor(options.days / restarts) },
              (_, i) => RUN_START_MS + (i + 1) * restarts * DAY,
            );
      const examinees = [engineExaminee({ engine: JSON.parse(values.engine ?? '{}'), restartsAtMs })];
      if (values.baselines === true) examinees.push(leakyBuckets(), fixedCounts());
      const results = runOne(options, examinees, createReader(reading));
      for (const result of results) scores.set(result.examinee, [...(scores.get(result.examinee) ?? []), result]);
      const first = results[0]!;
      console.error(
        `${first.run}: ${first.benignRequests} benign, ${first.hostileRequests} hostile in ${first.seconds.toFixed(0)} s; ` +
          `${first.campaigns.filter((campaign) => campaign.found).length}/${first.campaigns.filter((campaign) => campaign.isVisible).length} found, ${first.falseAlerts.length} false`,
      );
    }
  }
  console.log(`# Detection bench${values['held-back'] === true ? ': held-back runs' : ''}\n`);
  console.log(
    `${runs.length} data sets, forms ${forms().join(', ')}, arm ${values.arm ?? 'plain'}, reading ${reading}, ${((performance.now() - beganMs) / 1000).toFixed(0)} s.\n`,
  );
  for (const [name, list] of scores) console.log(`## ${name}\n\n${summarise(list)}\n`);
  if (values.missed === true) {
    for (const campaign of [...scores.values()][0]!.flatMap((score) => score.campaigns)) {
      if (campaign.isVisible && !campaign.found)
        console.log(
          `- missed: ${campaign.run} ${campaign.id} ${campaign.type} ${campaign.strength}: ${campaign.description} (${campaign.requests} requests)`,
        );
    }
  }
  if (values.curves !== undefined) drawCurves(values.curves, scores);
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(Object.fromEntries(scores), null, 1));
}

function runOptions(service: ServiceName, seed: string, form: Form): RunOptions {
  const types =
    values.only === undefined
      ? null
      : values.only.split(',').map((type) => oneOf<AlertType>(type, ALERT_TYPES, '--only'));
  const plan = {
    ...DEFAULT_PLAN,
    types,
    lookalikeRounds: values.quick === true ? 1 : DEFAULT_PLAN.lookalikeRounds,
    attackRounds: values['no-attacks'] === true ? 0 : DEFAULT_PLAN.attackRounds,
  };
  const arm = ARMS.find(
    (candidate) =>
      candidate.name ===
      oneOf(
        values.arm ?? 'plain',
        ARMS.map((each) => each.name),
        '--arm',
      ),
  )!;
  const events =
    values.events !== undefined
      ? positive(values.events, '--events')
      : values.quick === true
        ? 150_000
        : DEFAULT_RUN.events;
  const days = values.days !== undefined ? positive(values.days, '--days') : DEFAULT_RUN.days;
  return arm.apply({ ...DEFAULT_RUN, service, seed, form, events, days, plan });
}

function seedsOf(): string[] {
  if (values.seed !== undefined) return values.seed.split(',');
  return tuningSeeds(values.quick === true ? 1 : values.seeds === undefined ? 4 : positive(values.seeds, '--seeds'));
}

function services(): ServiceName[] {
  if (values.service === undefined) return SERVICE_NAMES.filter((name) => name !== 'bank');
  return values.service.split(',').map((name) => oneOf<ServiceName>(name, SERVICE_NAMES, '--service'));
}

function forms(): Form[] {
  return (values.form ?? 'enriched').split(',').map((form) => oneOf<Form>(form, FORMS, '--form'));
}

function oneOf<T extends string>(value: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) fail(`${option}: "${value}" is none of ${allowed.join(', ')}`);
  return found;
}

function positive(value: string, option: string): number {
  const parsed = Number(value);
  if (!(parsed > 0)) fail(`${option}: "${value}" is not a positive number`);
  return parsed;
}

function required(value: string | undefined, option: string): string {
  return value ?? fail(`${option} is missing`);
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}
