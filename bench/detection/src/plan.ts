import type { AlertType } from '@vedette/protocol';
import { type Attack, PLAIN, type Tactics } from './attacks/attack.js';
import { ATTACKS } from './attacks/catalogue.js';
import { STRENGTHS, type Strength } from './core/campaign.js';
import type { Script } from './core/scheduler.js';
import { DAY, HOUR } from './core/time.js';
import type { World } from './core/world.js';
import { LOOKALIKES } from './lookalikes/catalogue.js';
import type { Service } from './services/service.js';

/** What happens in a run besides ordinary traffic. */
export interface PlanOptions {
  /** Days before the first attack, in which baselines can form; 0 puts attacks into the cold start. */
  readonly warmUpDays: number;
  /** How often each look-alike that the service can have happens. */
  readonly lookalikeRounds: number;
  /** Campaigns of each type and strength; 0 for a run without attacks. */
  readonly attackRounds: number;
  readonly types: readonly AlertType[] | null;
  readonly strengths: readonly Strength[];
  readonly tactics: Tactics;
}

export const DEFAULT_PLAN: PlanOptions = {
  warmUpDays: 6,
  lookalikeRounds: 3,
  attackRounds: 1,
  types: null,
  strengths: STRENGTHS,
  tactics: PLAIN,
};

interface Slot {
  readonly attack: Attack;
  readonly strength: Strength;
  startMs: number;
}

/** Spawns the look-alikes and attacks of a run at times drawn from the world's seed. */
export function schedule(world: World, service: Service, options: PlanOptions): void {
  const rng = world.rng.fork('plan');
  for (const lookalike of LOOKALIKES) {
    if (!service.lookalikes.has(lookalike.id)) continue;
    for (
      let round = 0;
      round < (lookalike.isLasting ? Math.min(1, options.lookalikeRounds) : options.lookalikeRounds);
      round++
    ) {
      let day = 1 + rng.int(world.days - 1);
      while (lookalike.weekdayOnly && day % 7 >= 5) day = 1 + rng.int(world.days - 1);
      const hour = lookalike.hour ?? rng.uniform(6, 22);
      world.spawn(lookalike.run(service), world.startMs + day * DAY + hour * HOUR);
    }
  }
  const slots: Slot[] = [];
  for (const attack of ATTACKS) {
    if (!service.attackable.has(attack.type) || (options.types !== null && !options.types.includes(attack.type)))
      continue;
    for (const strength of options.strengths) {
      for (let round = 0; round < options.attackRounds; round++) slots.push({ attack, strength, startMs: 0 });
    }
  }
  placeApart(rng.shuffle(slots), world, options.warmUpDays, () => rng.float());
  for (const slot of slots) world.spawn(launch(service, slot, options.tactics), slot.startMs);
}

function* launch(service: Service, slot: Slot, tactics: Tactics): Script {
  slot.attack.launch(service, slot.strength, tactics);
  yield 0;
}

/** Gives each campaign a start such that it fits, and that two campaigns of one type seldom run at once. */
function placeApart(slots: Slot[], world: World, warmUpDays: number, draw: () => number): void {
  const placed: Slot[] = [];
  for (const slot of [...slots].sort((a, b) => span(b) - span(a))) {
    const earliest = world.startMs + warmUpDays * DAY;
    const latest = Math.max(earliest, world.endMs - span(slot) - HOUR);
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 24; attempt++) {
      const startMs = earliest + draw() * (latest - earliest);
      let overlap = 0;
      for (const other of placed) {
        if (other.attack.type !== slot.attack.type) continue;
        overlap += Math.max(
          0,
          Math.min(startMs + span(slot), other.startMs + span(other)) - Math.max(startMs, other.startMs) + HOUR,
        );
      }
      if (overlap < best) {
        best = overlap;
        slot.startMs = startMs;
      }
    }
    placed.push(slot);
  }
}

function span(slot: Slot): number {
  return slot.attack.longestMs[slot.strength];
}
