import type { Part } from './part.js';

/** Services whose state is kept apart; the rest share one. Services are named by their operators, not by attackers. */
const MAX_SERVICES = 256;

/** One part per service, made when the service is first seen. */
export class PerService<T extends Part> implements Part {
  readonly #parts = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(service: string): T {
    let part = this.#parts.get(service);
    if (part === undefined) {
      if (this.#parts.size >= MAX_SERVICES && service !== '') return this.of('');
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
    for (const [service, state] of saved as [string, unknown][]) {
      const part = this.#make();
      part.load(state);
      this.#parts.set(service, part);
    }
  }
}
