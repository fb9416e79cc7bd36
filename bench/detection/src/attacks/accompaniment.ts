import type { Campaign } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { DAY, SECOND } from '../core/time.js';
import type { World } from '../core/world.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress, REGION_COUNT } from '../population/networks.js';
import type { Service } from '../services/service.js';
import { SIGNATURES } from './path-scanning.js';
import { paced, scriptMachine, visitorAt } from './toolkit.js';

/** Requests from ever new addresses, with ever new sessions and fingerprints, meant to push other records out of memory. */
export function floodKeys(world: World, service: Service, keys: number, warmUpDays: number): void {
  const beginMs = world.startMs + Math.max(0, warmUpDays - 1) * DAY;
  world.spawn(flood(world, service, keys, (world.endMs - beginMs) / keys), beginMs);
}

function* flood(world: World, service: Service, keys: number, gapMs: number): Script {
  const rng = world.rng.fork('flood');
  const campaign = world.campaign('rate_abuse', 'hard', service.name, `flood of ${keys} keys`);
  campaign.isTested = false;
  const device = browserDevice(rng);
  for (let i = 0; i < keys; i++) {
    const visitor = service.visitor(
      consumerAddress(rng, rng.int(REGION_COUNT)),
      { userAgent: device.userAgent, fingerprint: rng.hex(16) },
      campaign.id,
      campaign,
    );
    visitor.session = rng.hex(16);
    if (i % 3 === 0) service.probe(visitor, `/${rng.hex(8)}`);
    else service.browseList(visitor, 1 + (i % 5));
    yield rng.exponential(gapMs);
  }
}

/**
 * What every public address gets all day: scanners that ask for a handful of well-known paths and move on. Whoever names
 * them is right, but they must not page anyone.
 */
export function backgroundNoise(world: World, service: Service): void {
  const campaign = world.campaign('path_scanning', 'easy', service.name, 'background scanners, one to six paths each');
  campaign.isTested = false;
  world.spawn(noise(world, service, campaign));
}

function* noise(world: World, service: Service, campaign: Campaign): Script {
  const rng = world.rng.fork('noise');
  const perDay = rng.between(15, 45);
  for (;;) {
    yield rng.exponential(DAY / perDay);
    const machine = scriptMachine(rng);
    world.spawn(
      paced(rng, rng.between(1, 6), rng.logUniform(0.1, 20) * SECOND, 0.6, () =>
        service.probe(visitorAt(service, machine, campaign), rng.pick(SIGNATURES)),
      ),
    );
  }
}

/** Every hostile request claims another client address; only the socket's other end is true. */
export function forgeAddresses(world: World): void {
  const rng = world.rng.fork('forge');
  world.alter = (exchange) => {
    if (exchange.campaign?.participantsAreHostile !== true) return;
    exchange.peer = exchange.client.address;
    exchange.client = { ...exchange.client, address: consumerAddress(rng, rng.int(REGION_COUNT)) };
  };
}
