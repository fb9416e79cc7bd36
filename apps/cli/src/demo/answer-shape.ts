import { hashObjectId } from '@vedette/protocol';

/** What of an answer's body a service reports about it. */
export interface AnswerShape {
  /** Length of the body. */
  readonly responseBytes: number;
  /** Hashes of the ids in its lists. */
  readonly handedOut: readonly number[];
}

/** Ids that one answer reports at most. */
const MAX_IDS = 200;
const ID_FIELD = /^id$|[a-z]Id$|^sku$/;
const NO_IDS: readonly number[] = [];

/** Shapes of bodies, each computed once. Keys name entities of the shop, so there are as many as it has things to show. */
export class AnswerShapes {
  readonly #known = new Map<string, AnswerShape>();

  of(key: string, body: () => unknown): AnswerShape {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const shape = shapeOf(body());
    this.#known.set(key, shape);
    return shape;
  }
}

/** The shape of a body that is sent as JSON. */
export function shapeOf(body: unknown): AnswerShape {
  const ids = new Set<string>();
  collectIds(body, false, ids);
  const handedOut = ids.size === 0 ? NO_IDS : [...ids].map(hashObjectId);
  return { responseBytes: Buffer.byteLength(JSON.stringify(body)), handedOut };
}

/** The shape of an answer without lists, of which only the length matters. */
export function plainShape(responseBytes: number): AnswerShape {
  return { responseBytes, handedOut: NO_IDS };
}

function collectIds(value: unknown, inList: boolean, ids: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collectIds(item, true, ids);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (ids.size >= MAX_IDS) return;
    if (typeof member === 'object') collectIds(member, inList, ids);
    else if (inList && ID_FIELD.test(name)) ids.add(String(member));
  }
}
