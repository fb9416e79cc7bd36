import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { consumerAddress } from '../population/networks.js';
import type { Attack } from './attack.js';
import { disguisedDevice, type Machine, ownLogins, paced, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

/**
 * A few likely passwords for many accounts that exist. Easy: one machine, one round. Medium: a handful of machines, two
 * rounds an hour apart. Hard: one machine at one try in half an hour, or dozens of proxies with a try a minute.
 */
export const passwordSpraying: Attack = {
  type: 'password_spraying',
  longestMs: { easy: 2 * HOUR, medium: 10 * HOUR, hard: 72 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world, population } = service;
    const isSlow = strength === 'hard' && rng.chance(0.5);
    const accounts =
      strength === 'easy'
        ? rng.between(80, 400)
        : strength === 'medium'
          ? rng.between(60, 200)
          : isSlow
            ? rng.between(80, 140)
            : rng.between(300, 900);
    const rounds = strength === 'medium' ? 2 : 1;
    const wanted =
      strength === 'easy'
        ? rng.uniform(2, 6) * SECOND
        : strength === 'medium'
          ? rng.uniform(30, 80) * SECOND
          : isSlow
            ? 30 * MINUTE
            : rng.uniform(40, 120) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 70 * SECOND) : wanted;
    const machines: Machine[] =
      strength === 'easy'
        ? [scriptMachine(rng)]
        : strength === 'medium'
          ? proxyPool(service, rng.between(3, 12), rng.pick(['tool', 'disguised']))
          : isSlow
            ? [{ address: consumerAddress(rng, rng.int(4)), device: disguisedDevice(rng, 'spray') }]
            : proxyPool(service, rng.between(50, 200), rng.pick(['disguised', 'browser']));
    const hitShare = rng.uniform(0.003, 0.015);
    const campaign = world.campaign(
      'password_spraying',
      strength,
      service.name,
      `${accounts} existing accounts, ${rounds} round(s), from ${machines.length} address(es), one in ${(gapMs / 1000).toFixed(0)} s, ${(100 * hitShare).toFixed(1)}% hits`,
    );
    const list = Array.from({ length: accounts }, () => population.pickAny(rng));
    const mixIn = ownLogins(service, campaign, tactics.ownAccounts);
    world.spawn(
      paced(rng, accounts * rounds, gapMs, 0.2, (i) => {
        const machine = machines[i % machines.length]!;
        if (mixIn(i, machine)) return;
        const visitor = visitorAt(service, machine, campaign);
        service.login(visitor, service.account(list[i % accounts]!), rng.chance(hitShare));
      }),
    );
    return campaign;
  },
};
