import type { Script } from '../core/scheduler.js';
import { DAY, HOUR } from '../core/time.js';
import type { Service } from '../services/service.js';
import type { Attack } from './attack.js';

/**
 * Nobody attacks: a release makes a route return what it should not. Easy: every response holds card numbers or another
 * kind new to the route. Medium: a third of the responses. Hard: one in ten.
 */
export const sensitiveDataExposure: Attack = {
  type: 'sensitive_data_exposure',
  longestMs: { easy: 2 * DAY, medium: 2 * DAY, hard: 3 * DAY },
  launch(service, strength) {
    const { rng, world } = service;
    const share = strength === 'easy' ? 1 : strength === 'medium' ? rng.uniform(0.2, 0.4) : rng.uniform(0.08, 0.12);
    const kind = rng.pick(['card', 'iban', 'national_id', 'secret']);
    const route = rng.pick(['browse', 'list', 'object'] as const);
    const campaign = world.campaign(
      'sensitive_data_exposure',
      strength,
      service.name,
      `${(100 * share).toFixed(0)}% of the responses of one route (${route}) carry ${kind}`,
    );
    campaign.participantsAreHostile = false;
    world.spawn(
      release(service, { campaign, kind, share, route }, (strength === 'hard' ? 2.8 : 1.8) * DAY + rng.float() * HOUR),
    );
    return campaign;
  },
};

function* release(service: Service, leak: NonNullable<Service['leak']>, lastsMs: number): Script {
  service.leak = leak;
  yield lastsMs;
  if (service.leak === leak) service.leak = null;
}
