import type { AlertType } from '@vedette/protocol';
import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from './facts.js';

const DAY_MS = 86_400_000;
const COLUMNS = { nats: 'f32' } as const;
/** Accusations that wait; nobody takes them where the detector of takeovers is switched off. */
const MAX_WAITING = 1_000;
/** Names of sources in one accusation. */
export const ACCUSED_SOURCES = 1_000;

/** A detector of login attacks is convinced: successes that belong to it are takeovers, also those before. */
export interface Accusation {
  readonly type: AlertType;
  readonly service: string;
  /** The campaign's own key. */
  readonly campaignKey: string;
  /** Client addresses that take part, at most {@link ACCUSED_SOURCES}. */
  readonly sources: readonly string[];
  /** When given, only requests with this client software take part. */
  readonly clientName: string | null;
  /** When given, only this account is attacked. */
  readonly account: string | null;
  /** First request of the campaign, Unix ms. */
  readonly firstMs: number;
  readonly atMs: number;
  /** Evidence of the campaign, and what it had to pass, nats. */
  readonly nats: number;
  readonly threshold: number;
  /** It was taken back. */
  readonly withdrawn?: boolean;
}

/**
 * What the detectors of login attacks tell each other: which keys (address, network, client) carry evidence that does not
 * suffice yet, and which campaigns are certain.
 */
export class Suspects implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  #accusations: Accusation[] = [];

  constructor(maxKeys: number) {
    this.table = new KeyTable({ name: 'suspects', maxKeys, ttlMs: DAY_MS, columns: COLUMNS });
  }

  /** Notes the evidence against a key, in nats. */
  note(key: Readonly<Key>, nats: number, atMs: number): void {
    const slot = this.table.open(key, atMs);
    this.table.columns.nats[slot] = nats;
    this.table.suspicion[slot] = nats;
  }

  /** Nats against the event's address, or client there; a network or a kind of client has too many owners. 0 for none. */
  against(facts: Facts): number {
    if (this.table.size === 0) return 0;
    return Math.max(this.#natsOf(facts.source, facts.atMs), this.#natsOf(facts.sourceClient, facts.atMs));
  }

  accuse(accusation: Accusation): void {
    if (this.#accusations.length < MAX_WAITING) this.#accusations.push(accusation);
  }

  get hasAccusations(): boolean {
    return this.#accusations.length > 0;
  }

  /** The accusations since the last call, for the one detector that acts on them. */
  takeAccusations(): Accusation[] {
    const taken = this.#accusations;
    this.#accusations = [];
    return taken;
  }

  save(): unknown {
    return { table: this.table.save(), accusations: this.#accusations };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; accusations: Accusation[] };
    this.table.load(from.table);
    this.#accusations = [...from.accusations];
  }

  #natsOf(key: Readonly<Key>, atMs: number): number {
    const slot = this.table.find(key, atMs);
    return slot < 0 ? 0 : this.table.columns.nats[slot]!;
  }
}
