/** Tells whether a value from outside has a type. */
export type Guard<T> = (value: unknown) => value is T;

export const isString: Guard<string> = (value) => typeof value === 'string';
export const isBoolean: Guard<boolean> = (value) => typeof value === 'boolean';

/** Finite: `NaN` and infinities cannot come out of JSON, and nothing on screen can show them. */
export const isNumber: Guard<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value);

/** A time as the API writes it. */
export const isTime: Guard<string> = (value): value is string =>
  typeof value === 'string' && value.length <= 40 && Number.isFinite(Date.parse(value));

export function isOneOf<const T extends string>(words: readonly T[]): Guard<T> {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value): value is T => known.has(value);
}

export function isNullOr<T>(guard: Guard<T>): Guard<T | null> {
  return (value): value is T | null => value === null || guard(value);
}

export function isListOf<T>(guard: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(guard);
}

/**
 * Guard of an object with these fields; further fields are allowed, so that a newer collector may add some. The compiler
 * refuses a list of fields that is not complete.
 */
export function isShape<T extends object>(fields: { readonly [K in keyof T]-?: Guard<T[K]> }): Guard<T> {
  const entries = Object.entries(fields) as [string, Guard<unknown>][];
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    const record = value as Record<string, unknown>;
    return entries.every(([name, guard]) => Object.hasOwn(record, name) && guard(record[name]));
  };
}
