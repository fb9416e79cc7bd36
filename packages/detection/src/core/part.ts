/** Anything with state that a snapshot carries. `save` gives plain data (numbers, strings, arrays, Maps, typed arrays). */
export interface Part {
  save(): unknown;
  load(saved: unknown): void;
}
