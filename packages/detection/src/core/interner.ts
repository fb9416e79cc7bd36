/**
 * Small numbers for strings that repeat (user agents, routes, services): 0 stands for everything past the cap.
 */
export class Interner {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [''];
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = cap;
  }

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#names.length > this.#cap) return 0;
    const id = this.#names.length;
    this.#names.push(text);
    this.#ids.set(text, id);
    return id;
  }

  name(id: number): string {
    return this.#names[id] ?? '';
  }

  save(): unknown {
    return this.#names.slice(1);
  }

  load(saved: unknown): void {
    for (const name of saved as string[]) this.id(name);
  }
}
