import type { Campaign } from '../core/campaign.js';
import { type Rng, simulatedPseudonym } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import { browserDevice, type Device, libraryDevice } from '../population/devices.js';
import { consumerAddress, datacentreAddress, REGION_COUNT } from '../population/networks.js';
import type { User } from '../population/users.js';
import type { Service } from '../services/service.js';
import type { Account, Visitor } from '../services/visitor.js';

/** A place to attack from. */
export interface Machine {
  readonly address: string;
  readonly device: Device;
}

/** An HTTP library that says what it is, as most stuffing tools still do (detection-reference 1.2: 65 % plain tooling). */
export function scriptMachine(rng: Rng): Machine {
  return { address: datacentreAddress(rng), device: libraryDevice(rng) };
}

/** A library that writes a browser's user agent: the name fits, the header order does not. */
export function disguisedDevice(rng: Rng, toolSeed: string): Device {
  const device = browserDevice(rng);
  device.fingerprint = simulatedPseudonym(`tool/${toolSeed}/${rng.int(2)}`);
  return device;
}

/**
 * Machines of a proxy network. One in fifty sits at the line of somebody who also uses the service, as rented
 * residential proxies do.
 */
export function proxyPool(service: Service, count: number, disguise: 'tool' | 'disguised' | 'browser'): Machine[] {
  const { rng } = service;
  const toolSeed = String(rng.uint32());
  const tool = libraryDevice(rng);
  return Array.from({ length: count }, () => ({
    address: rng.chance(0.02)
      ? service.population.pickAny(rng).home.address(service.world.nowMs, rng)
      : rng.chance(0.85)
        ? consumerAddress(rng, rng.int(REGION_COUNT))
        : datacentreAddress(rng),
    device: disguise === 'tool' ? tool : disguise === 'disguised' ? disguisedDevice(rng, toolSeed) : browserDevice(rng),
  }));
}

export function visitorAt(service: Service, machine: Machine, campaign: Campaign): Visitor {
  return service.visitor(machine.address, machine.device, campaign.id, campaign);
}

/** A leaked list: most names are unknown here, few passwords still work. */
export interface CredentialList {
  /** Share of names that have an account here. */
  readonly knownShare: number;
  /** Share of all attempts that get in: published 0.1 to 2 %. */
  readonly hitShare: number;
}

export function drawCredential(service: Service, list: CredentialList): { account: Account; isRight: boolean } {
  const { rng } = service;
  if (!rng.chance(list.knownShare)) return { account: service.stranger(), isRight: false };
  return {
    account: service.account(service.population.pickAny(rng)),
    isRight: rng.chance(Math.min(0.9, list.hitShare / list.knownShare)),
  };
}

/**
 * Somebody with rights of their own: an account registered for the purpose, or (four times in ten) a customer's account
 * that they hold. The login is cover.
 */
export function* insider(service: Service, visitor: Visitor, ownObjects: number): Generator<number, User, void> {
  const { rng } = service;
  const campaign = visitor.campaign!;
  const user = rng.chance(0.6) ? service.population.register(rng) : service.population.pickAny(rng);
  campaign.ownAccounts.add(user.pseudonym);
  if (user.objects.length === 0) service.grant(user, ownObjects);
  if (!service.attackable.has('account_takeover')) {
    // A service for programs: a partner account was opened and given a key.
    visitor.user = user;
    visitor.actor = rng.hex(16);
    visitor.actorKind = 'api_key';
    visitor.logUser = `client-${user.index}`;
    return user;
  }
  visitor.isCover = true;
  for (let attempt = 0; attempt < 20 && visitor.user === null; attempt++) {
    service.login(visitor, service.account(user), true);
    yield rng.uniform(2000, 9000);
  }
  visitor.isCover = false;
  return user;
}

/** Runs `act` `count` times with waits around `gapMs`; the clock of a program is regular, of a careful one less so. */
export function* paced(rng: Rng, count: number, gapMs: number, spread: number, act: (index: number) => void): Script {
  for (let i = 0; i < count; i++) {
    act(i);
    yield rng.logNormal(gapMs, spread);
  }
}

/** One of those that no campaign uses yet, or any where all are used. */
export function pickUnspent<T extends { readonly pseudonym: string }>(service: Service, candidates: readonly T[]): T {
  const fresh = candidates.filter((candidate) => !service.spent.has(candidate.pseudonym));
  const chosen = service.rng.pick(fresh.length > 0 ? fresh : candidates);
  service.spent.add(chosen.pseudonym);
  return chosen;
}

/**
 * Logins into the attacker's own, aged accounts, mixed in to look ordinary: one after every second attempt.
 *
 * @returns whether the attempt of this number was such a login
 */
export function ownLogins(
  service: Service,
  campaign: Campaign,
  accounts: number,
): (attempt: number, machine: Machine) => boolean {
  const own = Array.from({ length: accounts }, () => service.population.pickAny(service.rng));
  for (const user of own) campaign.ownAccounts.add(user.pseudonym);
  return (attempt, machine) => {
    if (own.length === 0 || attempt % 3 !== 2) return false;
    const visitor = visitorAt(service, machine, campaign);
    visitor.isCover = true;
    service.login(visitor, service.account(own[Math.floor(attempt / 3) % own.length]!), true);
    return true;
  };
}
