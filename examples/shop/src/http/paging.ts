import { z } from 'zod';

/** Query parameters of every list. `maxPerPage` bounds what one answer carries. */
export function pageQuery(maxPerPage: number) {
  return z.object({
    page: z.coerce.number().int().min(1).default(1),
    perPage: z.coerce.number().int().min(1).max(maxPerPage).default(20),
  });
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
}

export function pageOf<T>(all: readonly T[], query: { page: number; perPage: number }): Page<T> {
  const start = (query.page - 1) * query.perPage;
  return { items: all.slice(start, start + query.perPage), ...query, total: all.length };
}

export const idParams = z.object({ id: z.coerce.number().int().positive() });
