import type { Campaign, Strength } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, SECOND } from '../core/time.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Attack } from './attack.js';
import { insider, type Machine, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

/**
 * Codes are guessed: a one-time password of one account whose password is known, or coupons, gift cards, invitations.
 * Easy: one session, hundreds of codes. Medium: a dozen sessions. Hard: up to fifty sessions with at most five codes each.
 */
export const tokenEnumeration: Attack = {
  type: 'token_enumeration',
  longestMs: { easy: HOUR, medium: 3 * HOUR, hard: 8 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world, population } = service;
    const sessions = strength === 'easy' ? 1 : strength === 'medium' ? rng.between(8, 20) : rng.between(25, 50);
    const codes =
      strength === 'easy'
        ? rng.between(80, 800)
        : strength === 'medium'
          ? rng.between(100, 400)
          : sessions * rng.between(3, 5);
    const wanted =
      strength === 'easy'
        ? rng.logUniform(0.2, 3) * SECOND
        : strength === 'medium'
          ? rng.uniform(5, 20) * SECOND
          : rng.uniform(30, 100) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 11 * SECOND) : wanted;
    const isOtp = service.attackable.has('account_takeover') && rng.chance(0.5);
    const victim = isOtp ? population.pickAny(rng) : null;
    const machines: Machine[] =
      strength === 'easy'
        ? [scriptMachine(rng)]
        : proxyPool(service, strength === 'medium' ? rng.between(2, 10) : sessions, rng.pick(['disguised', 'browser']));
    const campaign = world.campaign(
      'token_enumeration',
      strength,
      service.name,
      `${codes} ${isOtp ? 'one-time passwords of one account' : 'coupon or invitation codes'} in ${sessions} session(s) from ${machines.length} address(es), one in ${(gapMs / 1000).toFixed(1)} s`,
    );
    for (let i = 0; i < sessions; i++) {
      world.spawn(
        guess(
          service,
          campaign,
          machines[i % machines.length]!,
          victim,
          Math.ceil(codes / sessions),
          gapMs * sessions,
          strength,
        ),
        world.nowMs + gapMs * i,
      );
    }
    return campaign;
  },
};

function* guess(
  service: Service,
  campaign: Campaign,
  machine: Machine,
  victim: User | null,
  codes: number,
  gapMs: number,
  strength: Strength,
): Script {
  const { rng } = service;
  const visitor = visitorAt(service, machine, campaign);
  // Codes are mostly asked for behind a login; the easy attacker has none.
  if (victim === null && strength !== 'easy' && service.attackable.has('account_takeover'))
    yield* insider(service, visitor, 1);
  for (let i = 0; i < codes; i++) {
    if (victim !== null) service.tryOtp(visitor, service.account(victim), rng.hex(16), false);
    else {
      const isHit = rng.chance(0.004);
      service.tryCode(visitor, rng.hex(16), isHit);
      if (isHit) campaign.gain(service.world.nowMs, 1, 0);
    }
    yield rng.logNormal(gapMs, 0.3);
  }
}
