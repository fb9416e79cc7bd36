import { createHash, randomBytes } from 'node:crypto';
import type { Mailer } from '../mailer.js';
import type { AccountRepository } from './account-repository.js';

const LIFETIME_MS = 30 * 60_000;
const MAX_PENDING = 10_000;

/** Reset links: single use, short-lived, kept as hashes so that a look into memory or a dump gives none away. */
export class PasswordResets {
  readonly #accounts: AccountRepository;
  readonly #mailer: Mailer;
  readonly #pending = new Map<string, { readonly userId: number; readonly expiresMs: number }>();

  constructor(accounts: AccountRepository, mailer: Mailer) {
    this.#accounts = accounts;
    this.#mailer = mailer;
  }

  /** Mails a link if the account exists. The caller answers the same either way. */
  async request(email: string): Promise<void> {
    const user = this.#accounts.byEmail(email);
    if (user === undefined) return;
    const token = randomBytes(24).toString('base64url');
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size < MAX_PENDING) break;
      this.#pending.delete(oldest);
    }
    this.#pending.set(digest(token), { userId: user.id, expiresMs: Date.now() + LIFETIME_MS });
    await this.#mailer.send({ to: user.email, subject: 'Choose a new password', body: `Your reset code: ${token}` });
  }

  /** False if the token is unknown, used or too old. */
  async confirm(token: string, password: string): Promise<boolean> {
    const key = digest(token);
    const reset = this.#pending.get(key);
    this.#pending.delete(key);
    if (reset === undefined || reset.expiresMs < Date.now()) return false;
    await this.#accounts.changePassword(reset.userId, password);
    return true;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
