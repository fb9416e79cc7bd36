import { HOUR, MINUTE, SECOND } from '../core/time.js';
import type { Attack } from './attack.js';
import { disguisedDevice, type Machine, ownLogins, paced, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

/**
 * Many passwords for one account. Easy: one machine, a dictionary. Medium: a dozen addresses in turn. Hard: a guess every
 * twenty to thirty minutes from ever other addresses, or out of a carrier's NAT that thousands share.
 */
export const bruteForce: Attack = {
  type: 'brute_force',
  longestMs: { easy: HOUR, medium: 4 * HOUR, hard: 80 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world } = service;
    const victim = service.population.pickAny(rng);
    const isSlow = strength === 'hard' && rng.chance(0.6);
    const guesses =
      strength === 'easy'
        ? rng.between(60, 400)
        : strength === 'medium'
          ? rng.between(50, 140)
          : isSlow
            ? rng.between(90, 160)
            : rng.between(60, 150);
    const wanted =
      strength === 'easy'
        ? rng.uniform(1, 5) * SECOND
        : strength === 'medium'
          ? rng.uniform(20, 90) * SECOND
          : isSlow
            ? rng.uniform(20, 30) * MINUTE
            : rng.uniform(60, 180) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 70 * SECOND) : wanted;
    const carrier = rng.pick(service.population.carriers);
    const machines: Machine[] =
      strength === 'easy'
        ? [scriptMachine(rng)]
        : strength === 'medium'
          ? proxyPool(service, rng.between(8, 20), rng.pick(['tool', 'disguised']))
          : isSlow
            ? proxyPool(service, rng.between(30, 60), 'browser')
            : Array.from({ length: 6 }, () => ({
                address: carrier.address(world.nowMs, rng),
                device: disguisedDevice(rng, 'nat'),
              }));
    const campaign = world.campaign(
      'brute_force',
      strength,
      service.name,
      `${guesses} guesses at one account from ${machines.length} address(es)${strength === 'hard' && !isSlow ? " of a carrier's NAT" : ''}, one in ${(gapMs / 1000).toFixed(0)} s`,
    );
    const succeedsAt = rng.chance(0.3) ? Math.floor(guesses * rng.uniform(0.6, 1)) : -1;
    const mixIn = ownLogins(service, campaign, tactics.ownAccounts);
    world.spawn(
      paced(rng, guesses, gapMs, 0.4, (i) => {
        const machine = machines[i % machines.length]!;
        if (mixIn(i, machine)) return;
        service.login(visitorAt(service, machine, campaign), service.account(victim), i === succeedsAt);
      }),
    );
    return campaign;
  },
};
