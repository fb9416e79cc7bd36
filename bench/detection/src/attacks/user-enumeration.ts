import { HOUR, MINUTE, SECOND } from '../core/time.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { type Machine, paced, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

type Route = 'reset' | 'signup' | 'lookup';

/**
 * Which addresses have an account here? Asked at the reset, the sign-up or a look-up. Easy: one machine, quickly. Medium:
 * dozens of proxies. Hard: one question in two to five minutes for days, or hundreds of addresses with one or two each.
 */
export const userEnumeration: Attack = {
  type: 'user_enumeration',
  longestMs: { easy: HOUR, medium: 6 * HOUR, hard: 60 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world, population } = service;
    // A look-up needs a login on most services; the reset and the sign-up never do.
    const route = rng.pick<Route>(['reset', 'signup', 'reset']);
    const isSlow = strength === 'hard' && rng.chance(0.5);
    const names =
      strength === 'easy'
        ? rng.between(150, 900)
        : strength === 'medium'
          ? rng.between(200, 800)
          : isSlow
            ? rng.between(200, 500)
            : rng.between(700, 2200);
    const wanted =
      strength === 'easy'
        ? rng.logUniform(0.1, 2) * SECOND
        : strength === 'medium'
          ? rng.uniform(5, 20) * SECOND
          : isSlow
            ? rng.uniform(2, 5) * MINUTE
            : rng.uniform(15, 40) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 11 * SECOND) : wanted;
    const machines: Machine[] =
      strength === 'easy' || isSlow
        ? [scriptMachine(rng)]
        : proxyPool(
            service,
            strength === 'medium' ? rng.between(15, 50) : Math.ceil(names / 1.5),
            rng.pick(['tool', 'disguised', 'browser']),
          );
    const knownShare = rng.uniform(0.02, 0.35);
    const campaign = world.campaign(
      'user_enumeration',
      strength,
      service.name,
      `${names} names at ${route} from ${machines.length} address(es), one in ${(gapMs / 1000).toFixed(1)} s, ${(100 * knownShare).toFixed(0)}% known`,
    );
    world.spawn(
      paced(rng, names, gapMs, 0.4, (i) => {
        const visitor = visitorAt(service, machines[i % machines.length]!, campaign);
        const account = rng.chance(knownShare) ? service.account(population.pickAny(rng)) : service.stranger();
        ask(service, visitor, route, account);
        if (account.user !== null) campaign.gain(world.nowMs, 1, 0);
      }),
    );
    return campaign;
  },
};

function ask(service: Service, visitor: Visitor, route: Route, account: ReturnType<Service['stranger']>): void {
  if (route === 'reset') service.requestReset(visitor, account);
  else if (route === 'signup') service.signup(visitor, account);
  else service.lookup(visitor, account);
}
