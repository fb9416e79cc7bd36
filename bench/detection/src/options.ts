import { parseArgs } from 'node:util';
import { type EngineOptions, GUARD_NAMES, type GuardName } from '@vedette/detection';
import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import { FORMS, type Form } from './adapters/form.js';
import type { Reading } from './adapters/reader.js';
import { ARMS } from './arms.js';
import { HELD_BACK_RUNS, tuningSeeds } from './held-back.js';
import { DEFAULT_PLAN } from './plan.js';
import { DEFAULT_RUN, type RunOptions } from './run.js';
import { SERVICE_NAMES, type ServiceName } from './services/catalogue.js';

export const USAGE = `Detection bench: simulated traffic past the engine, scored.

  node bench/detection/dist/main.js [options]
    --seeds N             tuning seeds (default 4)
    --seed A,B            these seeds
    --events N            benign requests a run, roughly (default 1000000)
    --days N              simulated days a run (default 21)
    --service A,B         ${SERVICE_NAMES.join(', ')} (default: all but the held-back one)
    --form A,B            enriched, bare, log (default enriched)
    --only TYPE[,TYPE]    attacks of these types alone
    --no-attacks          benign traffic alone
    --arm NAME[,NAME]|all ${ARMS.map((arm) => arm.name).join(', ')}: more than one
                          makes one table of what each costs
    --ablate NAME[,NAME]|all
                          guards and kinds of evidence, each left out in turn: what it buys
    --reading HOW         intake (default) or perfect
    --engine JSON         options of the engine (default {})
    --baselines           the field's fixed thresholds in the same tables
    --quick               one seed, 150000 requests a run, each look-alike once
    --pooled              the large run: seven tuning seeds, 21 million benign requests, baselines, two processes
    --held-back           the seeds and the service kept from tuning, and only those; two processes
    --processes N         data sets at the same time (default 1)
    --missed              list every campaign missed
    --curves DIR          draw recall, time to detect and false alarms as SVG
    --docs FILE           put the tables into the marked block of this run's kind in FILE
    --out FILE.json       everything, for machines

  node bench/detection/dist/main.js write --service S [--seed N] [--events N] [--days N] [--form F] --out DIR
    OTLP/JSON lines, a combined access log and truth.json`;

/** Seeds of the pooled run: with three services of a million requests more than the twenty million that a bound of one false alert in a million needs. */
const POOLED_SEEDS = 7;

/** What was asked for. */
export interface BenchOptions {
  /** Name of the kind of run, and of its block in the documents. */
  readonly kind: 'run' | 'quick' | 'pooled' | 'held-back' | 'ablations' | 'arms';
  readonly runs: readonly { readonly service: ServiceName; readonly seed: string }[];
  readonly forms: readonly Form[];
  readonly arms: readonly string[];
  readonly ablated: readonly GuardName[];
  readonly reading: Reading;
  readonly engine: EngineOptions;
  readonly baselines: boolean;
  readonly processes: number;
  readonly missed: boolean;
  readonly curves: string | undefined;
  readonly docs: string | undefined;
  readonly out: string | undefined;
  runOptions(service: ServiceName, seed: string, form: Form, arm: string): RunOptions;
}

export interface Command {
  readonly name: 'help' | 'write' | 'bench';
  readonly options: BenchOptions;
}

/** Reads the command line; says what is wrong with it and ends the process. */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const isQuick = values.quick === true;
  const isHeldBack = values['held-back'] === true;
  const isPooled = values.pooled === true;
  const arms = listOf(
    values.arm ?? 'plain',
    ARMS.map((arm) => arm.name),
    '--arm',
  );
  const ablated = values.ablate === undefined ? [] : listOf<GuardName>(values.ablate, GUARD_NAMES, '--ablate');
  const types = values.only === undefined ? null : listOf<AlertType>(values.only, ALERT_TYPES, '--only');
  const services =
    values.service === undefined
      ? SERVICE_NAMES.filter((name) => name !== 'bank')
      : listOf<ServiceName>(values.service, SERVICE_NAMES, '--service');
  const seeds =
    values.seed !== undefined
      ? values.seed.split(',')
      : tuningSeeds(
          values.seeds !== undefined ? positive(values.seeds, '--seeds') : isPooled ? POOLED_SEEDS : isQuick ? 1 : 4,
        );
  const events =
    values.events !== undefined ? positive(values.events, '--events') : isQuick ? 150_000 : DEFAULT_RUN.events;
  const days = values.days !== undefined ? positive(values.days, '--days') : DEFAULT_RUN.days;
  const plan = {
    ...DEFAULT_PLAN,
    types,
    lookalikeRounds: isQuick ? 1 : DEFAULT_PLAN.lookalikeRounds,
    attackRounds: values['no-attacks'] === true ? 0 : DEFAULT_PLAN.attackRounds,
  };
  const processes =
    values.processes !== undefined ? positive(values.processes, '--processes') : isPooled || isHeldBack ? 2 : 1;
  return {
    name: values.help === true ? 'help' : positionals[0] === 'write' ? 'write' : 'bench',
    options: {
      kind: isHeldBack
        ? 'held-back'
        : ablated.length > 0
          ? 'ablations'
          : arms.length > 1
            ? 'arms'
            : isPooled
              ? 'pooled'
              : isQuick
                ? 'quick'
                : 'run',
      runs: isHeldBack ? HELD_BACK_RUNS : seeds.flatMap((seed) => services.map((service) => ({ service, seed }))),
      forms: listOf<Form>(values.form ?? 'enriched', FORMS, '--form'),
      arms,
      ablated,
      reading: listOf<Reading>(values.reading ?? 'intake', ['intake', 'perfect'], '--reading')[0]!,
      engine: JSON.parse(values.engine ?? '{}') as EngineOptions,
      baselines: values.baselines === true || isPooled || isHeldBack,
      processes,
      missed: values.missed === true,
      curves: values.curves,
      docs: values.docs,
      out: values.out,
      runOptions: (service, seed, form, arm) =>
        ARMS.find((one) => one.name === arm)!.apply({ ...DEFAULT_RUN, service, seed, form, events, days, plan }),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
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
        ablate: { type: 'string' },
        reading: { type: 'string' },
        engine: { type: 'string' },
        processes: { type: 'string' },
        curves: { type: 'string' },
        docs: { type: 'string' },
        out: { type: 'string' },
        'no-attacks': { type: 'boolean' },
        baselines: { type: 'boolean' },
        quick: { type: 'boolean' },
        pooled: { type: 'boolean' },
        'held-back': { type: 'boolean' },
        missed: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function listOf<T extends string>(value: string, allowed: readonly T[], option: string): T[] {
  if (value === 'all') return [...allowed];
  return value.split(',').map((name) => {
    const found = allowed.find((candidate) => candidate === name);
    return found ?? fail(`${option}: "${name}" is none of ${allowed.join(', ')}`);
  });
}

function positive(value: string, option: string): number {
  const parsed = Number(value);
  return parsed > 0 ? parsed : fail(`${option}: "${value}" is not a positive number`);
}

export function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}
