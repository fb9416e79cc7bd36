import type { Campaign, Strength } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress, datacentreAddress } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { SensitiveAction } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { type Machine, scriptMachine, visitorAt } from './toolkit.js';

/**
 * Somebody who has a person's password comes from elsewhere, on another device, and makes the account theirs. Easy: a
 * server address, everything within a minute. Medium: another country, two wrong tries first, ten minutes. Hard: the same
 * country, a common browser, a look around before, three accounts at most.
 */
export const accountTakeover: Attack = {
  type: 'account_takeover',
  longestMs: { easy: 2 * HOUR, medium: 6 * HOUR, hard: 30 * HOUR },
  launch(service, strength) {
    const { rng, world, population } = service;
    const victims = rng.between(1, strength === 'hard' ? 3 : 6);
    const campaign = world.campaign(
      'account_takeover',
      strength,
      service.name,
      `${victims} account(s) entered with the right password from ${strength === 'hard' ? 'the same country' : strength === 'medium' ? 'another country' : 'a server'} and changed`,
    );
    const machine = scriptMachine(rng);
    for (let i = 0; i < victims; i++) {
      const place: Machine =
        strength === 'easy'
          ? { address: rng.chance(0.5) ? machine.address : datacentreAddress(rng), device: machine.device }
          : {
              address: consumerAddress(rng, strength === 'medium' ? rng.pick([0, 2, 3]) : 1),
              device: browserDevice(rng),
            };
      // People whose habits are known: without a past nothing tells the thief from the owner.
      world.spawn(
        takeOver(
          service,
          campaign,
          service.regulars.pick(world.nowMs, rng) ?? population.pickActive(world.nowMs, rng),
          place,
          strength,
        ),
        world.nowMs + i * rng.uniform(1, strength === 'hard' ? 8 : 0.4) * HOUR,
      );
    }
    return campaign;
  },
};

function* takeOver(service: Service, campaign: Campaign, victim: User, machine: Machine, strength: Strength): Script {
  const { rng } = service;
  const visitor = visitorAt(service, machine, campaign);
  const pause = strength === 'easy' ? 3 * SECOND : strength === 'medium' ? 90 * SECOND : 4 * MINUTE;
  for (let i = strength === 'medium' ? rng.between(1, 3) : 0; i > 0; i--) {
    service.login(visitor, service.account(victim), false);
    yield rng.logNormal(20 * SECOND, 0.5);
  }
  for (let i = 0; i < 5 && visitor.user === null; i++) {
    service.login(visitor, service.account(victim), true);
    yield rng.logNormal(pause, 0.4);
  }
  if (visitor.user === null) return;
  if (strength === 'hard') {
    for (let i = 0; i < 4; i++) {
      if (i === 1) service.listOwn(visitor, 1);
      else if (victim.objects.length > 0) service.readObject(visitor, rng.pick(victim.objects), 'guarded');
      yield rng.logNormal(50 * SECOND, 0.6);
    }
  }
  const actions: SensitiveAction[] =
    strength === 'hard' ? ['email', 'payout', 'export'] : ['email', 'password', 'payout', 'export'];
  for (const action of actions) {
    const read = service.sensitiveAction(visitor, action);
    if (read.objects > 0) campaign.gain(service.world.nowMs, read.objects, read.bytes);
    yield rng.logNormal(pause, 0.5);
  }
}
