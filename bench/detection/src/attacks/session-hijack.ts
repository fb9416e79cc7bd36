import type { Campaign, Strength } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice, libraryDevice } from '../population/devices.js';
import { consumerAddress, datacentreAddress } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Attack } from './attack.js';

/**
 * A session cookie is used by its owner and by a thief. Easy: at once, from a server, while the owner works. Medium:
 * another network and browser, interleaved. Hard: after the owner has gone quiet, the same user agent copied; only the
 * network and the headers' order differ.
 */
export const sessionHijack: Attack = {
  type: 'session_hijack',
  longestMs: { easy: HOUR, medium: 2 * HOUR, hard: 6 * HOUR },
  launch(service, strength) {
    const { rng, world, population } = service;
    // Somebody who has been here before: of a first session nobody can say whose it is.
    const victim = service.regulars.pick(world.nowMs, rng) ?? population.pickActive(world.nowMs, rng);
    const campaign = world.campaign(
      'session_hijack',
      strength,
      service.name,
      strength === 'easy'
        ? 'the cookie is used from a server while its owner works'
        : strength === 'medium'
          ? 'another network and browser, in turns with the owner'
          : 'another network and header order under the same user agent, after the owner went quiet',
    );
    world.spawn(steal(service, campaign, victim, strength));
    return campaign;
  },
};

function* steal(service: Service, campaign: Campaign, victim: User, strength: Strength): Script {
  const { rng, world } = service;
  const owner = service.visitorFor(victim, 'visit');
  for (let i = 0; i < 8 && owner.user === null; i++) {
    service.login(owner, service.account(victim), true);
    yield rng.logNormal(4 * SECOND, 0.4);
  }
  if (owner.user === null) return;
  world.spawn(work(service, owner, victim, strength === 'hard' ? 6 : 25));
  yield (strength === 'hard' ? rng.uniform(40, 150) : rng.uniform(2, 6)) * MINUTE;
  const device = strength === 'easy' ? libraryDevice(rng) : browserDevice(rng);
  const thief = service.visitor(
    strength === 'easy' ? datacentreAddress(rng) : consumerAddress(rng, rng.pick([0, 2, 3])),
    strength === 'hard' ? { userAgent: owner.client.userAgent, fingerprint: device.fingerprint } : device,
    campaign.id,
    campaign,
  );
  service.resume(thief, victim, owner.session);
  campaign.compromised.add(victim.pseudonym);
  const acts = rng.between(12, 40);
  for (let i = 0; i < acts; i++) {
    const read =
      i % 3 === 0 || victim.objects.length === 0
        ? service.listOwn(thief, 1 + (i % 4))
        : service.readObject(thief, rng.pick(victim.objects), 'guarded');
    campaign.gain(world.nowMs, read.objects, read.bytes);
    yield rng.logNormal(strength === 'easy' ? 4 * SECOND : 25 * SECOND, 0.5);
  }
  if (rng.chance(0.5)) service.sensitiveAction(thief, 'export');
}

/** The owner goes on with their work. */
function* work(service: Service, owner: Visitor, user: User, acts: number): Script {
  const { rng } = service;
  for (let i = 0; i < acts; i++) {
    if (i % 3 === 0 || user.objects.length === 0) service.listOwn(owner, 1);
    else service.readObject(owner, rng.pick(user.objects), 'guarded');
    yield rng.logNormal(25 * SECOND, 0.7);
  }
}
