import type { Campaign } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { DAY, HOUR } from '../core/time.js';
import { libraryDevice } from '../population/devices.js';
import { datacentreAddress } from '../population/networks.js';
import { habitualRoute } from '../services/habits.js';
import type { Service } from '../services/service.js';
import type { ApiKey } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { pickUnspent } from './toolkit.js';

/**
 * A key in other hands: other routes, other mix. Easy: new sensitive routes from a new network, five times the volume.
 * Medium: three new routes and half of the mix, from a new network. Hard: one or two new routes and a fifth of the mix at
 * the usual volume and from the usual server, over three days.
 */
export const consumerDrift: Attack = {
  type: 'consumer_drift',
  longestMs: { easy: DAY, medium: 2 * DAY, hard: 3 * DAY },
  launch(service, strength) {
    const { rng, world } = service;
    const regulars = [...service.keys].sort((a, b) => b.volume - a.volume).slice(0, Math.ceil(service.keys.length / 2));
    const key = pickUnspent(service, regulars);
    const newRoutes = strength === 'easy' ? 4 : strength === 'medium' ? 3 : rng.between(1, 2);
    const share = strength === 'easy' ? 0.8 : strength === 'medium' ? 0.5 : 0.2;
    const days = strength === 'easy' ? 0.5 : strength === 'medium' ? 1.5 : 3;
    const calls = Math.max(60, Math.round(key.volume * days * (strength === 'easy' ? 5 : 1)));
    const isMoved = strength !== 'hard';
    const campaign = world.campaign(
      'consumer_drift',
      strength,
      service.name,
      `key ${key.name} (${Math.round(key.volume)} calls a day): ${newRoutes} new routes, ${(100 * share).toFixed(0)}% of the mix, ${calls} calls in ${days} d${isMoved ? ', from a new server' : ''}`,
    );
    campaign.alsoTrue.add('data_exfiltration');
    world.spawn(
      drift(service, campaign, key, {
        newRoutes,
        share,
        calls,
        gapMs: (days * DAY) / calls,
        address: isMoved ? datacentreAddress(rng) : null,
      }),
    );
    return campaign;
  },
};

function* drift(
  service: Service,
  campaign: Campaign,
  key: ApiKey,
  habits: { newRoutes: number; share: number; calls: number; gapMs: number; address: string | null },
): Script {
  const { rng, world } = service;
  const device = habits.address !== null && rng.chance(0.5) ? libraryDevice(rng) : key.device;
  for (let i = 0; i < habits.calls; i++) {
    const visitor = service.keyVisitor(key, campaign.id, campaign, habits.address ?? undefined);
    visitor.client = { address: visitor.client.address, userAgent: device.userAgent, fingerprint: device.fingerprint };
    const isNew = rng.chance(habits.share);
    visitor.isCover = !isNew && habits.address === null;
    const read = service.keyCall(
      visitor,
      isNew ? service.keyRouteCount + rng.int(habits.newRoutes) : habitualRoute(rng, key),
    );
    if (isNew) campaign.gain(world.nowMs, read.objects, read.bytes);
    yield Math.min(rng.exponential(habits.gapMs), 2 * HOUR);
  }
}
