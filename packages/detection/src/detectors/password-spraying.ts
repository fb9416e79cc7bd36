import type { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { ListAttacks } from './list-attacks.js';
import { describeList } from './list-statement.js';
import { LoginEpochs, OWNERS } from './login-epochs.js';

const DAY_MS = 86_400_000;
const TYPE = 'password_spraying';

/**
 * Password spraying: a few likely passwords tried on many accounts that exist, from where their owners never are, paced over
 * hours or days. The same tests as for stuffing on the outcomes, with a longer memory, and the other half of the
 * lists: those whose accounts are used here.
 */
class PasswordSpraying implements Detector {
  readonly #lists: ListAttacks;
  readonly #epochs: LoginEpochs;

  constructor(parts: Parts, room: Room) {
    this.#lists = new ListAttacks(parts, {
      type: TYPE,
      owner: 2,
      marks: 'sprayMarks',
      // Below eight failing accounts no one is accused (reference 5.3).
      minAccounts: 8,
      memoryMs: 3 * DAY_MS,
      usesFamiliarity: false,
      opensWith: (kind) => kind === 'failedFamiliar',
      accepts: (counts, isMature) => isMature && counts.failedExisting >= counts.failed / 2,
      // As for stuffing, with the shares of failing strangers and failing owners exchanged.
      classNats: {
        failedNew: nats(0.08, 0.07),
        failedFamiliar: nats(0.9, 0.11),
        failedKnown: -Math.log(50),
        okNew: nats(0.01, 0.08),
        okFamiliar: nats(0.01, 0.74),
      },
      describe: (campaign) => describeList(campaign, 'Password spraying', true),
      ...room,
    });
    this.#epochs = new LoginEpochs(parts, OWNERS);
  }

  get tables(): readonly KeyTable<never>[] {
    return this.#lists.tables;
  }

  observe(facts: Facts): void {
    const { login } = facts;
    if (!login.active || !login.hasId || facts.tainted) return;
    if (login.resolved >= 0) this.#epochs.resolved(facts);
    if (!this.#lists.observe(facts) && login.contact !== 'repeat') this.#epochs.observe(facts);
  }

  tick(nowMs: number): void {
    this.#lists.tick(nowMs);
    this.#epochs.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#lists.flush(nowMs);
    this.#epochs.flush(nowMs);
  }

  save(): unknown {
    return { lists: this.#lists.save(), epochs: this.#epochs.save() };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#lists.load(from.lists);
    this.#epochs.load(from.epochs);
  }
}

export const passwordSpraying: DetectorDefinition = {
  type: TYPE,
  create: (parts, room) => new PasswordSpraying(parts, room),
};
