import type { Part } from '../core/part.js';
import { PeerVolumes } from '../core/peer-volumes.js';
import { PerService } from '../core/per-service.js';
import { VolumeRises } from './volume-rises.js';

const DAY_MS = 86_400_000;
/** Peers are known from two hundred windows of three days on; a week shows the rhythm (reference 8.5 asks for it). */
const MIN_WINDOWS = 200;
const MIN_PEERS = 10;
const YOUNG_MS = 3 * DAY_MS;
const MATURE_MS = 7 * DAY_MS;

interface Shift {
  day: number;
  sum: number;
  count: number;
}

/** What a group of peers (actors of one kind, at one service) usually takes in an hour. */
export class Peers implements Part {
  readonly bytes = new PeerVolumes();
  /** The same with files in full. */
  readonly all = new PeerVolumes();
  readonly items = new PeerVolumes();
  /** Bytes of a page, on average over an hour. */
  readonly pages = new PeerVolumes();
  /** Who rises in this hour. */
  readonly rises = new VolumeRises();
  members = 0;
  firstMs = Number.NaN;
  /** Deviations of the members' days from their own past, by day of the week: what everyone does is no one's doing. */
  #shifts: Shift[] = Array.from({ length: 7 }, () => ({ day: 0, sum: 0, count: 0 }));

  isKnown(nowMs: number): boolean {
    return this.bytes.size >= MIN_WINDOWS && this.members >= MIN_PEERS && nowMs - this.firstMs >= YOUNG_MS;
  }

  isMature(nowMs: number): boolean {
    return this.isKnown(nowMs) && nowMs - this.firstMs >= MATURE_MS;
  }

  addShift(day: number, deviation: number): void {
    const shift = this.#shifts[day % this.#shifts.length]!;
    if (shift.day !== day) {
      if (shift.day > day) return;
      shift.day = day;
      shift.sum = shift.count = 0;
    }
    shift.sum += deviation;
    shift.count++;
  }

  /** How much all peers rose on a day, from ten of them on. */
  shiftOf(day: number): number {
    const shift = this.#shifts[day % this.#shifts.length]!;
    return shift.day === day && shift.count >= MIN_PEERS ? Math.max(0, shift.sum / shift.count) : 0;
  }

  save(): unknown {
    const { members, firstMs } = this;
    return {
      bytes: this.bytes.save(),
      all: this.all.save(),
      items: this.items.save(),
      pages: this.pages.save(),
      rises: this.rises.save(),
      members,
      firstMs,
      shifts: this.#shifts,
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.bytes.load(from.bytes);
    this.all.load(from.all);
    this.items.load(from.items);
    this.pages.load(from.pages);
    this.rises.load(from.rises);
    this.members = from.members as number;
    this.firstMs = from.firstMs as number;
    this.#shifts = from.shifts as Shift[];
  }
}

/** The groups of one service, and everyone together. */
export class ServicePeers implements Part {
  readonly everyone = new Peers();
  readonly groups = new PerService(() => new Peers());

  save(): unknown {
    return { everyone: this.everyone.save(), groups: this.groups.save() };
  }

  load(saved: unknown): void {
    const from = saved as { everyone: unknown; groups: unknown };
    this.everyone.load(from.everyone);
    this.groups.load(from.groups);
  }
}
