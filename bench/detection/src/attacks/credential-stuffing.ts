import type { Campaign, Strength } from '../core/campaign.js';
import type { Script } from '../core/scheduler.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import type { Service } from '../services/service.js';
import type { Attack, Tactics } from './attack.js';
import {
  type CredentialList,
  drawCredential,
  type Machine,
  ownLogins,
  paced,
  proxyPool,
  scriptMachine,
  visitorAt,
} from './toolkit.js';

/**
 * A leaked list is tried, one attempt a name. Easy: one machine, quickly. Medium: one machine at a person's pace, or a
 * few dozen proxies. Hard: thousands of addresses with one to three attempts each, or one attempt in half an hour.
 */
export const credentialStuffing: Attack = {
  type: 'credential_stuffing',
  longestMs: { easy: 2 * HOUR, medium: 8 * HOUR, hard: 72 * HOUR },
  launch(service, strength, tactics) {
    const { rng } = service;
    const list: CredentialList = { knownShare: rng.uniform(0.03, 0.3), hitShare: rng.logUniform(0.002, 0.02) };
    if (strength === 'easy')
      return single(service, strength, tactics, list, rng.between(60, 400), rng.logUniform(1, 8) * SECOND);
    if (strength === 'medium') {
      return rng.chance(0.5)
        ? single(service, strength, tactics, list, rng.between(40, 120), rng.uniform(50, 140) * SECOND)
        : spread(service, strength, tactics, list, {
            machines: rng.between(15, 50),
            each: [8, 25],
            overMs: rng.uniform(2, 6) * HOUR,
          });
    }
    return rng.chance(0.35)
      ? single(service, strength, tactics, list, rng.between(70, 130), 30 * MINUTE)
      : spread(service, strength, tactics, list, {
          machines: rng.between(1500, 5000),
          each: [1, 3],
          overMs: rng.uniform(5, 14) * HOUR,
        });
  },
};

function single(
  service: Service,
  strength: Strength,
  tactics: Tactics,
  list: CredentialList,
  attempts: number,
  gapMs: number,
): Campaign {
  const pace = tactics.knowsThresholds ? Math.max(gapMs, 11 * SECOND) : gapMs;
  const machine = scriptMachine(service.rng);
  const campaign = service.world.campaign(
    'credential_stuffing',
    strength,
    service.name,
    `${attempts} names from one machine (${machine.device.userAgent.slice(0, 24)}), one in ${Math.round(pace / 1000)} s, ${(100 * list.knownShare).toFixed(0)}% known, ${(100 * list.hitShare).toFixed(1)}% hits`,
  );
  service.world.spawn(tryList(service, campaign, [machine], attempts, pace, list, tactics));
  return campaign;
}

function spread(
  service: Service,
  strength: Strength,
  tactics: Tactics,
  list: CredentialList,
  size: { machines: number; each: [number, number]; overMs: number },
): Campaign {
  const { rng } = service;
  const disguise = rng.pick(['tool', 'disguised', 'disguised', 'browser'] as const);
  const machines = proxyPool(service, size.machines, disguise);
  const turns: Machine[] = [];
  for (const machine of machines) for (let i = rng.between(...size.each); i > 0; i--) turns.push(machine);
  rng.shuffle(turns);
  const campaign = service.world.campaign(
    'credential_stuffing',
    strength,
    service.name,
    `${turns.length} names from ${machines.length} addresses (${disguise}) in ${(size.overMs / HOUR).toFixed(1)} h, ${(100 * list.knownShare).toFixed(0)}% known, ${(100 * list.hitShare).toFixed(1)}% hits`,
  );
  service.world.spawn(tryList(service, campaign, turns, turns.length, size.overMs / turns.length, list, tactics));
  return campaign;
}

function* tryList(
  service: Service,
  campaign: Campaign,
  turns: readonly Machine[],
  attempts: number,
  gapMs: number,
  list: CredentialList,
  tactics: Tactics,
): Script {
  const { rng } = service;
  const mixIn = ownLogins(service, campaign, tactics.ownAccounts);
  yield* paced(rng, attempts, gapMs, turns.length === 1 ? 0.15 : 0.7, (i) => {
    const machine = turns[i % turns.length]!;
    if (mixIn(i, machine)) return;
    const visitor = visitorAt(service, machine, campaign);
    const { account, isRight } = drawCredential(service, list);
    if (service.login(visitor, account, isRight)) service.listOwn(visitor, 1);
  });
}
