import { CLEAN_DELIVERY } from './adapters/delivery.js';
import { MINUTE } from './core/time.js';
import { DEFAULT_PLAN } from './plan.js';
import type { RunOptions } from './run.js';

/** A condition under which detection must still hold. */
export interface Arm {
  readonly name: string;
  readonly description: string;
  apply(options: RunOptions): RunOptions;
}

/** The robustness arms of the evaluation protocol (detection-reference 9.4). `plain` is the condition to compare with. */
export const ARMS: readonly Arm[] = [
  arm('plain', 'nothing special', (options) => options),
  arm('late', 'spans up to 60 s out of order', (options) => ({
    ...options,
    delivery: { ...CLEAN_DELIVERY, disorderMs: MINUTE },
  })),
  arm('duplicates', '5% of spans delivered twice', (options) => ({
    ...options,
    delivery: { ...CLEAN_DELIVERY, disorderMs: 5000, duplicateShare: 0.05 },
  })),
  arm('skewed-clock', 'a third of the spans from an instance whose clock is 5 min ahead', (options) => ({
    ...options,
    delivery: { ...CLEAN_DELIVERY, skewShare: 0.33, skewMs: 5 * MINUTE },
  })),
  arm('loss', '2% of spans lost', (options) => ({ ...options, delivery: { ...CLEAN_DELIVERY, lossShare: 0.02 } })),
  arm('restart', 'stopped, saved and restored every two days', (options) => ({ ...options, restartEveryDays: 2 })),
  arm('cold-start', 'attacks from the first hour on', (options) => ({
    ...options,
    plan: { ...options.plan, warmUpDays: 0.05 },
  })),
  arm('own-accounts', 'attackers mix in logins of 30 own, aged accounts', (options) => ({
    ...options,
    plan: { ...options.plan, tactics: { ...DEFAULT_PLAN.tactics, ownAccounts: 30 } },
  })),
  arm('knows-thresholds', "attackers stay under the field's published thresholds", (options) => ({
    ...options,
    plan: { ...options.plan, tactics: { ...DEFAULT_PLAN.tactics, knowsThresholds: true } },
  })),
  arm('key-flood', 'a million keys flood the tables before and during attacks', (options) => ({
    ...options,
    floodKeys: 1_000_000,
  })),
  arm('forged-addresses', 'attackers forge a new client address for each request', (options) => ({
    ...options,
    forgedAddresses: true,
  })),
];

function arm(name: string, description: string, apply: Arm['apply']): Arm {
  return { name, description, apply };
}
