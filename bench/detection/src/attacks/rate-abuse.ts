import { HOUR, SECOND } from '../core/time.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress } from '../population/networks.js';
import type { Attack } from './attack.js';
import { paced, scriptMachine, visitorAt } from './toolkit.js';

/**
 * One client takes the service's capacity with its most expensive request. Easy: dozens a second. Medium: eight to twenty
 * a second. Hard: two to five a second for half an hour, under a browser's name. The service slows down for everybody.
 */
export const rateAbuse: Attack = {
  type: 'rate_abuse',
  longestMs: { easy: HOUR, medium: HOUR, hard: 2 * HOUR },
  launch(service, strength) {
    const { rng, world } = service;
    const perSecond =
      strength === 'easy' ? rng.uniform(40, 100) : strength === 'medium' ? rng.uniform(8, 20) : rng.uniform(2, 5);
    const seconds =
      strength === 'easy'
        ? rng.between(90, 200)
        : strength === 'medium'
          ? rng.between(300, 700)
          : rng.between(1200, 2400);
    const requests = Math.round(perSecond * seconds);
    const machine =
      strength === 'hard' ? { address: consumerAddress(rng, 1), device: browserDevice(rng) } : scriptMachine(rng);
    const campaign = world.campaign(
      'rate_abuse',
      strength,
      service.name,
      `${requests} expensive searches from one address, ${perSecond.toFixed(1)} a second for ${seconds} s`,
    );
    service.slowdown = strength === 'hard' ? 1.8 : 3.5;
    world.spawn(
      paced(rng, requests, SECOND / perSecond, 0.4, (i) => {
        service.search(visitorAt(service, machine, campaign));
        if (i === requests - 1) service.slowdown = 1;
      }),
    );
    return campaign;
  },
};
