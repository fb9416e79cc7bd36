import { type Key, newKey } from '../core/hash.js';
import type { KindHabits } from './kind-habits.js';

/** A reader whose habit it is to read others' objects, over days. */
const CLERK = { days: 3, others: 10 } as const;

/** What is known of one requested object before the event is learned from. Overwritten by every reading. */
export interface ObjectFacts {
  /** Key of the object: service, kind and id. */
  readonly id: Key;
  /** Key of the reader and the kind of object at this place. */
  readonly reader: Key;
  habits: KindHabits;
  /** First contact of this reader and object within a day. */
  first: boolean;
  /** Whose it is: no one's yet, the reader's, of the reader's circle, a stranger's, or shared by many. */
  owner: 'none' | 'own' | 'circle' | 'other' | 'shared';
  /** For an object that many read, where it was looked at: whether they are of the reader's circle. */
  sharedBy: '' | 'circle' | 'strangers';
  /** 32 bits that stand for the owner. */
  ownerTag: number;
  /** The reader's own, and no one else read it yet. */
  sole: boolean;
  /** A list response handed the id out to this reader within a day. */
  listed: boolean;
  /** Answered 403, 404 or 410, or 200 with less than any object has; and not an id that others miss as well. */
  missed: boolean;
  found: boolean;
  /** Answered 403: the object is there, and refused. */
  refused: boolean;
  /** The id as a number where it is one that can be counted through, else NaN. */
  number: number;
  /** Difference to the number that this reader asked for before, or NaN. */
  step: number;
  /** Past habits of the reader with this kind, days before today: first contacts with own and strangers' objects, and with strangers' alone. */
  pastOwned: number;
  pastOthers: number;
  /** First contacts, a day or more after the last, with objects that this reader alone reads. */
  pastOwn: number;
  /** Days since the reader was first seen with this kind. */
  ageDays: number;
  /** On this network work people whose habit it is to read others' objects of this kind (support, back office). */
  staffNetwork: boolean;
  /** The reader has been in the back office within a month, and within the last minutes (parts/staff-work.ts). */
  isStaff: boolean;
  atWork: boolean;
  /** It is known who works in the back office of this service; always false for keys, which have none. */
  hasStaff: boolean;
}

export function newObjectFacts(habits: KindHabits): ObjectFacts {
  return {
    id: newKey(),
    reader: newKey(),
    habits,
    first: false,
    owner: 'none',
    sharedBy: '',
    ownerTag: 0,
    sole: false,
    listed: false,
    missed: false,
    found: false,
    refused: false,
    number: Number.NaN,
    step: Number.NaN,
    pastOwned: 0,
    pastOthers: 0,
    pastOwn: 0,
    ageDays: 0,
    staffNetwork: false,
    isStaff: false,
    atWork: false,
    hasStaff: false,
  };
}

/** A small step along the ids, in either direction. */
export function isStep(step: number): boolean {
  return step !== 0 && Math.abs(step) <= 3;
}

/** Read others' objects on past days, more often than its own, and long enough that it is a habit. */
export function isClerk(seen: Readonly<ObjectFacts>): boolean {
  return seen.ageDays >= CLERK.days && seen.pastOthers >= CLERK.others && seen.pastOthers > 2 * seen.pastOwn;
}

/** Ids of up to 15 digits, as numbers that JavaScript holds exactly; else NaN. */
export function numberOf(id: string): number {
  if (id.length === 0 || id.length > 15) return Number.NaN;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code < 48 || code > 57) return Number.NaN;
  }
  return Number(id);
}
