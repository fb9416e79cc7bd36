import type { Random, SeedUser } from '@vedette/example-shop/seed';
import { BROWSERS, CARRIER_ADDRESSES, homeAddress, type Visitor } from './clients.js';
import type { ShopModel } from './shop-model.js';

/** A customer's habits. */
export interface Customer {
  readonly user: SeedUser;
  readonly home: Visitor;
  /** Behind a mobile carrier's address, with the telephone. */
  readonly phone: Visitor;
  /** At work, for those whose office shares one address. */
  readonly office: Visitor | undefined;
  /** Chance that an attempt to sign in has a typing error. */
  readonly typoRate: number;
  /** Relative frequency of visits; the mean over all is about 1. */
  readonly activity: number;
}

export interface StaffMember {
  readonly user: SeedUser;
  readonly desk: Visitor;
}

export interface Population {
  readonly customers: readonly Customer[];
  readonly support: readonly StaffMember[];
  readonly accounting: readonly StaffMember[];
}

const OFFICES = 9;
const OFFICE_SHARE = 0.25;

/** The people behind the shop's accounts: where they sit, what they use, how they type. Depends on `random` alone. */
export function createPopulation(model: ShopModel, random: Random): Population {
  const offices = Array.from({ length: OFFICES }, () => `198.18.${random.int(0, 255)}.${random.int(1, 254)}`);
  const customers = model.customers.map((user): Customer => {
    const computer = random.pick(BROWSERS);
    return {
      user,
      home: { source: homeAddress(random), client: computer },
      phone: { source: random.pick(CARRIER_ADDRESSES), client: random.pick(BROWSERS) },
      office: random.chance(OFFICE_SHARE) ? { source: random.pick(offices), client: computer } : undefined,
      typoRate: 0.02 + 0.2 * random.next() ** 3,
      activity: 0.3 + 2.1 * random.next() ** 2,
    };
  });
  const headquarters = '198.19.40.7';
  const staff = (role: SeedUser['role']): StaffMember[] =>
    model.data.users
      .filter((user) => user.role === role)
      .map((user) => ({ user, desk: { source: headquarters, client: random.pick(BROWSERS) } }));
  return { customers, support: staff('support'), accounting: staff('accounting') };
}
