import type { World } from '../core/world.js';
import { Bank } from './bank/bank.js';
import { Partner } from './partner/partner.js';
import { Saas } from './saas/saas.js';
import type { Service, ServiceOptions } from './service.js';
import { Shop } from './shop/shop.js';

/** `bank` is held back: it is for the final judgement alone (held-back.ts). */
export const SERVICE_NAMES = ['shop', 'saas', 'partner', 'bank'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export function createService(name: ServiceName, world: World, options: ServiceOptions): Service {
  switch (name) {
    case 'shop':
      return new Shop(world, options);
    case 'saas':
      return new Saas(world, options);
    case 'partner':
      return new Partner(world, options);
    case 'bank':
      return new Bank(world, options);
  }
}
