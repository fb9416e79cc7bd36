import type { User } from '../entities.js';
import type { SeedUser } from '../seed.js';
import type { PasswordHasher } from './passwords.js';

/** How an account proves a password: a hash, or for demo data that nobody has used yet the password to hash then. */
type Credential = { readonly hash: string } | { readonly unhashed: string };

export type NewAccount = Pick<User, 'email' | 'name' | 'address'> & { readonly password: string };

/**
 * The accounts, in memory. Demo accounts are hashed when someone first tries to sign in to them: hashing hundreds
 * of them would hold up the start for seconds, and a store of hashes made ahead would have to share their salts
 * between all installations.
 */
export class AccountRepository {
  readonly #hasher: PasswordHasher;
  readonly #users = new Map<number, User>();
  readonly #idsByEmail = new Map<string, number>();
  readonly #credentials = new Map<number, Credential>();
  #nextId = 1;

  constructor(seed: readonly SeedUser[], hasher: PasswordHasher) {
    this.#hasher = hasher;
    for (const { password, ...user } of seed) this.#insert(user, { unhashed: password });
  }

  byId(id: number): User | undefined {
    return this.#users.get(id);
  }

  byEmail(email: string): User | undefined {
    return this.#users.get(this.#idsByEmail.get(keyOf(email)) ?? -1);
  }

  /** All accounts, oldest first. */
  all(): readonly User[] {
    return [...this.#users.values()];
  }

  /** The account if the password is its own, otherwise `undefined`, after the same time either way. */
  async signIn(email: string, password: string): Promise<User | undefined> {
    const user = this.byEmail(email);
    if (user === undefined) {
      await this.#hasher.verifyNothing(password);
      return undefined;
    }
    return (await this.#hasher.verify(password, await this.#hashOf(user.id))) ? user : undefined;
  }

  /** `undefined` if the e-mail is taken. */
  async create(account: NewAccount): Promise<User | undefined> {
    const hash = await this.#hasher.hash(account.password);
    if (this.byEmail(account.email) !== undefined) return undefined;
    const { email, name, address } = account;
    const user: User = {
      id: this.#nextId,
      email,
      name,
      role: 'customer',
      createdAt: new Date().toISOString(),
      address,
    };
    this.#insert(user, { hash });
    return user;
  }

  rename(id: number, name: string): User | undefined {
    const user = this.#users.get(id);
    if (user === undefined) return undefined;
    const renamed = { ...user, name };
    this.#users.set(id, renamed);
    return renamed;
  }

  async changePassword(id: number, password: string): Promise<void> {
    this.#credentials.set(id, { hash: await this.#hasher.hash(password) });
  }

  async #hashOf(id: number): Promise<string> {
    const credential = this.#credentials.get(id);
    if (credential === undefined) throw new Error(`account ${id} has no credential`);
    if ('hash' in credential) return credential.hash;
    const hash = await this.#hasher.hash(credential.unhashed);
    // The password may have been changed meanwhile.
    if (this.#credentials.get(id) === credential) this.#credentials.set(id, { hash });
    return this.#hashOf(id);
  }

  #insert(user: User, credential: Credential): void {
    this.#users.set(user.id, user);
    this.#idsByEmail.set(keyOf(user.email), user.id);
    this.#credentials.set(user.id, credential);
    this.#nextId = Math.max(this.#nextId, user.id + 1);
  }
}

function keyOf(email: string): string {
  return email.trim().toLowerCase();
}
