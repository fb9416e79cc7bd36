import type { Campaign } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress } from '../population/networks.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { disguisedDevice, insider, type Machine, scriptMachine, visitorAt } from './toolkit.js';

interface Walk {
  readonly objects: number;
  readonly gapMs: number;
  readonly kind: 'guarded' | 'unguarded';
  /** Share of requests that are for the attacker's own objects. */
  readonly ownShare: number;
  /** Share of ids that do not exist. */
  readonly missingShare: number;
  readonly order: 'sequential' | 'shuffled' | 'scattered';
}

/**
 * Ids of other people's objects are walked, by somebody logged in (API1:2023, broken object level authorisation), where
 * the check holds (403, 404) or was forgotten (200). Hard: one object in 40 s, own objects in between, several accounts.
 */
export const objectEnumeration: Attack = {
  type: 'object_enumeration',
  longestMs: { easy: 2 * HOUR, medium: 6 * HOUR, hard: 30 * HOUR },
  launch(service, strength) {
    const { rng } = service;
    const walk: Walk =
      strength === 'easy'
        ? {
            objects: rng.between(120, 900),
            gapMs: rng.logUniform(0.2, 3) * SECOND,
            kind: rng.pick(['guarded', 'unguarded']),
            ownShare: 0,
            missingShare: rng.uniform(0, 0.3),
            order: 'sequential',
          }
        : strength === 'medium'
          ? {
              objects: rng.between(80, 400),
              gapMs: rng.uniform(4, 15) * SECOND,
              kind: rng.pick(['guarded', 'unguarded']),
              ownShare: rng.uniform(0, 0.3),
              missingShare: rng.uniform(0, 0.2),
              order: rng.pick(['sequential', 'shuffled', 'scattered']),
            }
          : {
              objects: rng.between(60, 240),
              gapMs: 40 * SECOND,
              kind: rng.pick(['guarded', 'unguarded', 'unguarded']),
              ownShare: rng.uniform(0.2, 0.5),
              missingShare: 0.02,
              order: rng.pick(['shuffled', 'scattered']),
            };
    const accounts = strength === 'hard' && rng.chance(0.4) ? rng.between(2, 4) : 1;
    const campaign = service.world.campaign(
      'object_enumeration',
      strength,
      service.name,
      `${walk.objects} ${walk.kind} objects ${walk.order} by ${accounts} account(s), one in ${(walk.gapMs / 1000).toFixed(1)} s, ${(100 * walk.ownShare).toFixed(0)}% own in between, ${(100 * walk.missingShare).toFixed(0)}% missing`,
    );
    const first = rng.int(Math.max(1, service.objectCount - 2 * walk.objects));
    for (let i = 0; i < accounts; i++) {
      const machine: Machine =
        strength === 'easy'
          ? scriptMachine(rng)
          : {
              address: consumerAddress(rng, rng.int(4)),
              device: strength === 'medium' ? disguisedDevice(rng, campaign.id) : browserDevice(rng),
            };
      const share = Math.ceil(walk.objects / accounts);
      service.world.spawn(
        walkObjects(
          service,
          campaign,
          visitorAt(service, machine, campaign),
          { ...walk, objects: share },
          first + i * share,
        ),
        service.world.nowMs + i * 7 * MINUTE,
      );
    }
    return campaign;
  },
};

function* walkObjects(service: Service, campaign: Campaign, visitor: Visitor, walk: Walk, first: number): Script {
  const { rng } = service;
  const user = yield* insider(service, visitor, 12);
  const order = Array.from({ length: walk.objects }, (_, i) => first + i);
  if (walk.order === 'shuffled') rng.shuffle(order);
  if (walk.order === 'scattered') for (let i = 0; i < order.length; i++) order[i] = rng.int(service.objectCount);
  for (const object of order) {
    while (rng.chance(walk.ownShare)) {
      visitor.isCover = true;
      if (rng.chance(0.15)) service.listOwn(visitor, 1);
      else service.readObject(visitor, rng.pick(user.objects), walk.kind);
      visitor.isCover = false;
      yield rng.logNormal(walk.gapMs, 0.35);
    }
    if (rng.chance(walk.missingShare)) service.readMissing(visitor, walk.kind);
    else {
      const read = service.readObject(visitor, object, walk.kind);
      if (read.objects > 0) campaign.gain(service.world.nowMs, read.objects, read.bytes);
    }
    yield rng.logNormal(walk.gapMs, 0.2);
  }
}
