import type { User } from '../population/users.js';

/** Objects that belong to somebody, numbered as they came to be. */
export class Ownership {
  /** User index of each object's owner. */
  readonly #owners: number[] = [];
  readonly #byTenant = new Map<number, number[]>();

  get size(): number {
    return this.#owners.length;
  }

  /** User index, or `undefined` where there is no such object. */
  ownerOf(object: number): number | undefined {
    return this.#owners[object];
  }

  /** Objects of all members of a tenant, newest last. */
  ofTenant(tenant: number): readonly number[] {
    return this.#byTenant.get(tenant) ?? NONE;
  }

  grant(user: User, count: number): void {
    const tenant = this.#byTenant.get(user.tenant) ?? [];
    this.#byTenant.set(user.tenant, tenant);
    for (let i = 0; i < count; i++) {
      user.objects.push(this.#owners.length);
      tenant.push(this.#owners.length);
      this.#owners.push(user.index);
    }
  }
}

const NONE: readonly number[] = [];

/** A page of a list, newest last within it; page 1 has the newest. */
export function newestPage(objects: readonly number[], page: number, size: number): readonly number[] {
  const end = objects.length - (page - 1) * size;
  return objects.slice(Math.max(0, end - size), Math.max(0, end));
}
