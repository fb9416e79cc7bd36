import type { SettingsInput } from '@vedette/protocol';
import { SIGNATURES } from '../attacks/path-scanning.js';
import { MINUTE, SECOND } from '../core/time.js';
import { programDevice } from '../population/devices.js';
import type { Lookalike } from './lookalike.js';

/** Where the ordered scans come from; the examined engine is told (benchmark addresses, RFC 2544). */
const NETWORK = '198.18.7.0/28';

/** What the people of the simulated services have set. */
export const BENCH_SETTINGS: SettingsInput = {
  trustedSources: [{ name: 'ordered scans', networks: [NETWORK], as: 'scanner' }],
};

/** L20: a vulnerability scanner that was ordered: paths, doors, names and ids, all from a network that the settings name. */
export const orderedScan: Lookalike = {
  id: 'L20',
  name: 'ordered vulnerability scan, its network in the settings',
  hour: null,
  weekdayOnly: true,
  *run(service) {
    const { rng, world } = service;
    const device = programDevice('Mozilla/5.0 (compatible; Nessus SOAP)');
    const address = `198.18.7.${1 + rng.int(14)}`;
    const requests = rng.between(400, 900);
    world.mark('L20', requests * 300 + MINUTE);
    for (let i = 0; i < requests; i++) {
      const visitor = service.visitor(address, device, 'L20');
      const roll = rng.float();
      if (roll < 0.5) service.probe(visitor, rng.chance(0.5) ? rng.pick(SIGNATURES) : `/${rng.hex(6)}.php`);
      else if (roll < 0.7) service.admin(visitor, rng.int(service.adminRouteCount), 'GET');
      else if (roll < 0.85) service.readMissing(visitor, 'guarded');
      else
        service.login(
          visitor,
          rng.chance(0.3) ? service.account(service.population.pickAny(rng)) : service.stranger(),
          false,
        );
      yield rng.exponential(0.3 * SECOND);
    }
  },
};
