import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Attackers } from './attacks.js';
import type { LiveDriver } from './live-driver.js';
import type { Intensity, Schedule } from './schedule.js';

const MINUTE_MS = 60_000;
/** A busy hour: what the newsletter brings. The last half hour of the past is as busy. */
export const BUSY: Intensity = { visitsPerHour: 1_400, passersByPerHour: 2_900 };

/** When attacks come, ms: the first of the first round after the start, the others of a round, the next round. */
const FIRST_ATTACK_MS = 10_000;
const ATTACK_GAP_MS = 14_000;
const ROUND_MS = 120_000;
/** From the begin of a round until its last attack is over and was long enough to be seen. */
const ROUND_LENGTH_MS = 46_000;
const FULL_RUN_MS = 60_000;

export interface LiveTraffic {
  readonly driver: LiveDriver;
  readonly schedule: Schedule;
  readonly attackers: Attackers;
  readonly startMs: number;
  /** Length of the run, ms; infinite for one that a person ends. */
  readonly lengthMs: number;
  readonly signal: AbortSignal;
  /** Called when an attack begins. */
  readonly onAttack: (attack: Attack) => void;
}

/** Sends customers and attackers until the signal. */
export async function playTraffic(traffic: LiveTraffic): Promise<void> {
  await Promise.all([playCustomers(traffic), playAttacks(traffic)]);
}

async function playCustomers({ driver, schedule, startMs, signal }: LiveTraffic): Promise<void> {
  for (let minuteMs = startMs; !signal.aborted; minuteMs += MINUTE_MS) {
    const planned = [
      ...schedule.minute(minuteMs, BUSY),
      ...schedule.officeVisits(minuteMs + 3_000, 15_000),
      ...schedule.flash(minuteMs + 20_000, 6_000, 40),
    ];
    for (const journey of planned) driver.start(journey);
    await until(minuteMs + MINUTE_MS, signal);
  }
}

async function playAttacks({ driver, attackers, startMs, lengthMs, signal, onAttack }: LiveTraffic): Promise<void> {
  // A run shorter than a minute gets the same attacks closer together.
  const pace = Math.min(1, lengthMs / FULL_RUN_MS);
  for (let round = 0; ; round++) {
    const roundMs = startMs + FIRST_ATTACK_MS * pace + round * ROUND_MS;
    if (round > 0 && roundMs + ROUND_LENGTH_MS > startMs + lengthMs) return;
    for (const attack of attackers.round(roundMs, ATTACK_GAP_MS * pace)) {
      await until(attack.startMs, signal);
      if (signal.aborted) return;
      onAttack(attack);
      for (const journey of attack.journeys) driver.start(journey);
    }
  }
}

/** Waits for a moment, Unix ms, or the signal, whichever comes first. */
export async function until(atMs: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, atMs - Date.now()), undefined, { signal }).catch(() => {});
}
