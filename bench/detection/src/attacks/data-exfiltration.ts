import type { Campaign, Strength } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.js';
import { browserDevice, libraryDevice } from '../population/devices.js';
import { consumerAddress, datacentreAddress } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';
import type { Attack } from './attack.js';
import { pickUnspent } from './toolkit.js';

interface Haul {
  readonly sessions: number;
  readonly everyMs: number;
  readonly pages: number;
  readonly pageSize: number;
  readonly gapMs: number;
}

/**
 * Data that the actor may read leaves in bulk: a stolen key or a member of staff. Easy: everything in minutes at the
 * largest page size. Medium: an evening at moderate pages. Hard: two weeks at two to three times the usual.
 */
export const dataExfiltration: Attack = {
  type: 'data_exfiltration',
  longestMs: { easy: 2 * HOUR, medium: 14 * HOUR, hard: 14 * DAY },
  launch(service, strength) {
    const { rng } = service;
    const haul: Haul =
      strength === 'easy'
        ? {
            sessions: 1,
            everyMs: DAY,
            pages: rng.between(80, 300),
            pageSize: 500,
            gapMs: rng.logUniform(0.5, 5) * SECOND,
          }
        : strength === 'medium'
          ? {
              sessions: 1,
              everyMs: DAY,
              pages: rng.between(100, 250),
              pageSize: rng.pick([100, 200]),
              gapMs: rng.uniform(20, 90) * SECOND,
            }
          : {
              sessions: 14,
              everyMs: DAY,
              pages: 0,
              pageSize: rng.pick([50, 100]),
              gapMs: rng.uniform(60, 200) * SECOND,
            };
    const byKey = service.keys.length > 0 && (rng.chance(0.5) || staff(service).length === 0);
    return byKey ? withKey(service, strength, haul) : withStaffAccount(service, strength, haul);
  },
};

function staff(service: Service): User[] {
  return service.population.users.filter((user) => user.role !== 'user');
}

function withKey(service: Service, strength: Strength, haul: Haul): Campaign {
  const { rng } = service;
  const key = pickUnspent(service, service.keys);
  // Two to three times what the key usually fetches a day, in records.
  const pages =
    haul.pages > 0 ? haul.pages : Math.max(10, Math.ceil((key.volume * rng.uniform(1, 2) * 8) / haul.pageSize));
  const isMoved = strength !== 'hard' || rng.chance(0.4);
  const campaign = service.world.campaign(
    'data_exfiltration',
    strength,
    service.name,
    `key ${key.name} (${Math.round(key.volume)} calls a day) fetches ${pages} pages of ${haul.pageSize}, ${haul.sessions} time(s), one page in ${(haul.gapMs / 1000).toFixed(1)} s, from ${isMoved ? 'a new' : 'its own'} address`,
  );
  campaign.alsoTrue.add('consumer_drift');
  const address = isMoved ? datacentreAddress(rng) : undefined;
  const device = isMoved && rng.chance(0.6) ? libraryDevice(rng) : key.device;
  const connect = (): Visitor => {
    const visitor = service.keyVisitor(key, campaign.id, campaign, address);
    visitor.client = { address: visitor.client.address, userAgent: device.userAgent, fingerprint: device.fingerprint };
    return visitor;
  };
  service.world.spawn(carryOut(service, campaign, connect, { ...haul, pages }));
  return campaign;
}

function withStaffAccount(service: Service, strength: Strength, haul: Haul): Campaign {
  const { rng } = service;
  const user = pickUnspent(service, staff(service));
  const pages = haul.pages > 0 ? haul.pages : rng.between(12, 40);
  const isStolen = strength !== 'hard' && rng.chance(0.5);
  const campaign = service.world.campaign(
    'data_exfiltration',
    strength,
    service.name,
    `${user.role} account fetches ${pages} pages of ${haul.pageSize}, ${haul.sessions} time(s), one page in ${(haul.gapMs / 1000).toFixed(1)} s, ${isStolen ? "from a stranger's machine" : 'by its owner'}`,
  );
  if (isStolen) campaign.alsoTrue.add('account_takeover');
  else campaign.ownAccounts.add(user.pseudonym);
  const device = isStolen ? browserDevice(rng) : user.devices[0]!;
  const network = user.office ?? user.home;
  const address = isStolen ? consumerAddress(rng, 2) : network.address(service.world.nowMs, rng);
  const connect = (): Visitor => {
    const visitor = service.visitor(address, device, campaign.id, campaign);
    visitor.isCover = true;
    for (let attempt = 0; attempt < 5 && visitor.user === null; attempt++)
      service.login(visitor, service.account(user), true);
    if (visitor.user === null) service.resume(visitor, user, rng.hex(16));
    visitor.isCover = false;
    return visitor;
  };
  service.world.spawn(carryOut(service, campaign, connect, { ...haul, pages }));
  return campaign;
}

function* carryOut(service: Service, campaign: Campaign, connect: () => Visitor, haul: Haul): Script {
  const { rng } = service;
  let page = rng.int(200);
  for (let session = 0; session < haul.sessions; session++) {
    const visitor = connect();
    const startedMs = service.world.nowMs;
    for (let i = 0; i < haul.pages; i++) {
      const read = service.exportPage(visitor, page++, haul.pageSize);
      campaign.gain(service.world.nowMs, read.objects, read.bytes);
      yield rng.logNormal(haul.gapMs, 0.3);
    }
    if (session + 1 < haul.sessions)
      yield Math.max(MINUTE, haul.everyMs * rng.uniform(0.9, 1.05) - (service.world.nowMs - startedMs));
  }
}
