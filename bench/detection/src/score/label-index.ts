import type { Exchange } from '../core/exchange.js';
import type { LookalikeWindow } from '../core/world.js';
import { LOOKALIKES, ORDINARY_LABELS } from '../lookalikes/catalogue.js';
import { addressUnit, prefixesOf } from './address.js';
import type { RaisedAlert } from './raised-alert.js';

const ATTACK = 'attack';

/** Remembers which behaviours each source and actor took part in, so that a false alert can be laid at a look-alike's door. */
export class LabelIndex {
  readonly #labels: readonly string[] = [...ORDINARY_LABELS, ATTACK, ...LOOKALIKES.map((lookalike) => lookalike.id)];
  readonly #bit = new Map(this.#labels.map((label, i) => [label, 2 ** i]));
  readonly #bySource = new Map<string, number>();
  readonly #byActor = new Map<string, number>();
  readonly counts = new Map<string, number>();

  note(exchange: Exchange): void {
    const label = exchange.campaign?.participantsAreHostile === true ? ATTACK : exchange.label;
    const bit = this.#bit.get(label);
    if (bit === undefined) throw new Error(`label ${label} is not in the catalogue`);
    this.counts.set(label, (this.counts.get(label) ?? 0) + 1);
    const unit = addressUnit(exchange.client.address);
    if (add(this.#bySource, unit, bit)) for (const prefix of prefixesOf(unit)) add(this.#bySource, prefix, bit);
    if (exchange.actor !== '') add(this.#byActor, exchange.actor, bit);
    if (exchange.authIdentifier !== '') add(this.#byActor, exchange.authIdentifier, bit);
  }

  /** The likeliest reason for an alert that no campaign explains, most particular first. */
  explain(alert: RaisedAlert, windows: readonly LookalikeWindow[]): string {
    let bits = 0;
    for (const source of alert.sources) bits = union(bits, this.#bySource.get(addressUnit(source)) ?? 0);
    for (const actor of alert.actors) bits = union(bits, this.#byActor.get(actor) ?? 0);
    for (const target of alert.targets)
      bits = union(bits, this.#byActor.get(target.slice(target.indexOf(':') + 1)) ?? 0);
    const active = new Set(
      windows
        .filter((window) => window.startMs <= alert.lastSeenMs + 600_000 && window.endMs >= alert.firstSeenMs - 600_000)
        .map((window) => window.label),
    );
    const involved = this.#labels.filter((label) => includes(bits, this.#bit.get(label)!));
    const scheduled = involved.filter((label) => active.has(label));
    if (scheduled.length > 0) return scheduled.slice(0, 3).join(' + ');
    const others = involved.filter(
      (label) => (ORDINARY_LABELS as readonly string[]).includes(label) || label === ATTACK,
    );
    const rest =
      involved.length === 0 && active.size > 0 ? `during ${[...active].slice(0, 2).join(', ')}` : others.join(' + ');
    return rest === '' ? involved.slice(0, 2).join(' + ') || 'nobody' : rest;
  }
}

/** Labels are bits of a double, which holds 53 of them; the bitwise operators would cut at 32. */
function union(a: number, b: number): number {
  return Number(BigInt(a) | BigInt(b));
}

function includes(bits: number, bit: number): boolean {
  return Math.floor(bits / bit) % 2 === 1;
}

/** @returns whether the label is new for the key */
function add(map: Map<string, number>, key: string, bit: number): boolean {
  const bits = map.get(key) ?? 0;
  if (includes(bits, bit)) return false;
  map.set(key, bits + bit);
  return true;
}
