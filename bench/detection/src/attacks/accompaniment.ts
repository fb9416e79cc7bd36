import type { Script } from '../core/scheduler.js';
import { DAY } from '../core/time.js';
import type { World } from '../core/world.js';
import { browserDevice } from '../population/devices.js';
import { consumerAddress, REGION_COUNT } from '../population/networks.js';
import type { Service } from '../services/service.js';

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

/** Every hostile request claims another client address; only the socket's other end is true. */
export function forgeAddresses(world: World): void {
  const rng = world.rng.fork('forge');
  world.alter = (exchange) => {
    if (exchange.campaign?.participantsAreHostile !== true) return;
    exchange.peer = exchange.client.address;
    exchange.client = { ...exchange.client, address: consumerAddress(rng, rng.int(REGION_COUNT)) };
  };
}
