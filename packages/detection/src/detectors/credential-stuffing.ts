import type { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { BareLogins } from './bare-logins.js';
import { ListAttacks } from './list-attacks.js';
import { describeList } from './list-statement.js';
import { LoginEpochs, STRANGERS } from './login-epochs.js';

const DAY_MS = 86_400_000;
const TYPE = 'credential_stuffing';

/**
 * Credential stuffing: a list of accounts from elsewhere, each tried once or twice, nearly all failing, most of them unknown
 * here. Found from one address, client, network or kind of client (list-attacks.ts), from thousands of sources
 * (login-epochs.ts), and where the spans do not say which account was tried (bare-logins.ts).
 */
class CredentialStuffing implements Detector {
  readonly #lists: ListAttacks;
  readonly #epochs: LoginEpochs;
  readonly #bare: BareLogins;

  constructor(parts: Parts, room: Room) {
    this.#lists = new ListAttacks(parts, {
      type: TYPE,
      owner: 1,
      marks: 'marks',
      // Below six failing accounts no one is accused (reference 5.1).
      minAccounts: 6,
      memoryMs: DAY_MS,
      usesFamiliarity: true,
      opensWith: (kind) => kind === 'failedNew' || kind === 'failedFamiliar',
      // Where most of the accounts are used here, it is a spray.
      accepts: (counts, isMature) => !isMature || counts.failedExisting < counts.failed / 2,
      classNats: {
        failedNew: nats(0.9, 0.07),
        failedFamiliar: nats(0.08, 0.11),
        failedKnown: -Math.log(50),
        okNew: nats(0.01, 0.08),
        okFamiliar: nats(0.01, 0.74),
      },
      describe: (campaign) => describeList(campaign, 'Credential stuffing', false),
      ...room,
    });
    this.#epochs = new LoginEpochs(parts, STRANGERS);
    this.#bare = new BareLogins(parts, room.keys);
  }

  get tables(): readonly KeyTable<never>[] {
    return [...this.#lists.tables, this.#bare.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { login } = facts;
    if (!login.active) return;
    if (!login.hasId) {
      this.#bare.observe(facts);
      return;
    }
    if (login.resolved >= 0) this.#epochs.resolved(facts);
    if (!this.#lists.observe(facts) && login.contact !== 'repeat') this.#epochs.observe(facts);
  }

  tick(nowMs: number): void {
    this.#lists.tick(nowMs);
    this.#epochs.tick(nowMs);
    this.#bare.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#lists.flush(nowMs);
    this.#epochs.flush(nowMs);
    this.#bare.flush(nowMs);
  }

  save(): unknown {
    return { lists: this.#lists.save(), epochs: this.#epochs.save(), bare: this.#bare.save() };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#lists.load(from.lists);
    this.#epochs.load(from.epochs);
    this.#bare.load(from.bare);
  }
}

export const credentialStuffing: DetectorDefinition = {
  type: TYPE,
  create: (parts, room) => new CredentialStuffing(parts, room),
};
