import type { Campaign } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress } from '../population/networks.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { insider, scriptMachine, visitorAt } from './toolkit.js';

/**
 * Somebody logged in tries doors that are not theirs. Easy: two dozen administration routes in a minute. Medium: a dozen
 * within the hour, between ordinary pages. Hard: eight to twelve over a day and more, with other methods tried too.
 */
export const privilegeProbing: Attack = {
  type: 'privilege_probing',
  longestMs: { easy: HOUR, medium: 3 * HOUR, hard: 40 * HOUR },
  launch(service, strength) {
    const { rng, world } = service;
    const most = service.adminRouteCount;
    const routes = Math.min(
      most,
      strength === 'easy' ? rng.between(15, 28) : strength === 'medium' ? rng.between(10, 16) : rng.between(8, 12),
    );
    const gapMs =
      strength === 'easy'
        ? rng.uniform(0.5, 4) * SECOND
        : strength === 'medium'
          ? rng.uniform(2, 6) * MINUTE
          : rng.uniform(1.5, 3) * HOUR;
    const campaign = world.campaign(
      'privilege_probing',
      strength,
      service.name,
      `${routes} administration routes, one in ${gapMs < MINUTE ? `${(gapMs / 1000).toFixed(1)} s` : `${(gapMs / MINUTE).toFixed(0)} min`}${strength === 'easy' ? '' : ', ordinary pages in between'}`,
    );
    const machine =
      strength === 'easy' ? scriptMachine(rng) : { address: consumerAddress(rng, 1), device: browserDevice(rng) };
    world.spawn(probe(service, campaign, visitorAt(service, machine, campaign), routes, gapMs, strength !== 'easy'));
    return campaign;
  },
};

function* probe(
  service: Service,
  campaign: Campaign,
  visitor: Visitor,
  routes: number,
  gapMs: number,
  withCover: boolean,
): Script {
  const { rng } = service;
  const user = yield* insider(service, visitor, 3);
  const order = rng.shuffle(Array.from({ length: service.adminRouteCount }, (_, i) => i)).slice(0, routes);
  for (const route of order) {
    if (withCover) {
      visitor.isCover = true;
      service.listOwn(visitor, 1);
      if (rng.chance(0.5)) service.readObject(visitor, rng.pick(user.objects), 'guarded');
      visitor.isCover = false;
      yield rng.logNormal(15 * SECOND, 0.5);
    }
    const status = service.admin(visitor, route, rng.chance(0.75) ? 'GET' : rng.pick(['PUT', 'DELETE']));
    if (status < 300) campaign.gain(service.world.nowMs, 1, 0);
    yield rng.logNormal(gapMs, 0.4);
  }
}
