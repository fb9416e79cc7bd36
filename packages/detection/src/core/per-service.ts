import type { Part } from './part.js';

/** Services whose state is kept apart; the rest share one. Services are named by their operators, not by attackers. */
const MAX_SERVICES = 256;

/** One part per service, made when the service is first seen. */
export class PerService<T extends Part> implements Part {
  readonly #parts = new Map<string, T>();
  readonly #make: () => T;
  /** The one that was asked for last: neighbouring events are mostly of one service. */
  #name: string | undefined;
  #last: T | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(service: string): T {
    if (service === this.#name) return this.#last!;
    const part = this.#find(service);
    this.#name = service;
    this.#last = part;
    return part;
  }

  #find(service: string): T {
    let part = this.#parts.get(service);
    if (part === undefined) {
      if (this.#parts.size >= MAX_SERVICES && service !== '') return this.#find('');
      part = this.#make();
      this.#parts.set(service, part);
    }
    return part;
  }

  save(): unknown {
    return [...this.#parts].map(([service, part]) => [service, part.save()]);
  }

  load(saved: unknown): void {
    this.#parts.clear();
    this.#name = this.#last = undefined;
    for (const [service, state] of saved as [string, unknown][]) {
      const part = this.#make();
      part.load(state);
      this.#parts.set(service, part);
    }
  }
}
