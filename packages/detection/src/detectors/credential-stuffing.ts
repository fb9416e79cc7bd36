import type { KeyTable } from '../core/key-table.js';
import type { Detector, DetectorDefinition, DetectorParts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { BareLogins } from './bare-logins.js';
import { listDetector } from './list-detector.js';

/**
 * Credential stuffing: a list of accounts from elsewhere, each tried once or twice, nearly all failing, most of them unknown
 * here. Found from one address, client, network, kind of client, or from thousands of sources (list-attacks.ts), and
 * where the spans do not say which account was tried (bare-logins.ts).
 */
class CredentialStuffing implements Detector {
  readonly #lists: Detector;
  readonly #bare: BareLogins;

  constructor(parts: DetectorParts, room: Room) {
    this.#lists = listDetector(parts.lists, 'credential_stuffing');
    this.#bare = new BareLogins(parts, room.keys);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#bare.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    if (facts.event.authIdentifier === '') this.#bare.observe(facts);
    else this.#lists.observe(facts);
  }

  tick(nowMs: number): void {
    this.#lists.tick(nowMs);
    this.#bare.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#lists.flush(nowMs);
    this.#bare.flush(nowMs);
  }

  save(): unknown {
    return this.#bare.save();
  }

  load(saved: unknown): void {
    this.#bare.load(saved);
  }
}

export const credentialStuffing: DetectorDefinition = {
  type: 'credential_stuffing',
  create: (parts, room) => new CredentialStuffing(parts, room),
};
