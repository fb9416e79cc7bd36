import { hash32, hex8 } from '../../core/rng.js';

const FIRST_SHIPMENT = 70_001_000;

export function shipmentId(object: number): string {
  return String(FIRST_SHIPMENT + object);
}

/** A random identifier in the form of a UUID of version 4. */
export function documentId(object: number): string {
  const a = hex8(hash32(`${object}/a`, 3));
  const b = hex8(hash32(`${object}/b`, 5));
  const c = hex8(hash32(`${object}/c`, 7));
  return `${a}-${b.slice(0, 4)}-4${b.slice(5, 8)}-a${c.slice(0, 3)}-${c.slice(3)}${a.slice(1)}`;
}

export function depotCode(item: number): string {
  return `D${String(10_000 + item * 7)}`;
}
