import type { RequestedObject } from '@vedette/protocol';
import { readQuery } from './query.js';

/** A path with matrix parameters once it is safe to keep. */
export interface MatrixReading {
  readonly path: string;
  readonly objects: readonly RequestedObject[];
}

/** Reads the matrix parameters of a path (`/orders;id=17/lines`, `/cart;jsessionid=…`) as if each were a query. */
export function readMatrix(
  segments: readonly string[],
  matrix: readonly string[],
  pseudonymise: (value: string) => string,
): MatrixReading {
  let path = '';
  const objects: RequestedObject[] = [];
  for (let i = 0; i < segments.length; i++) {
    path += `/${segments[i]!}`;
    const parameters = matrix[i] ?? '';
    if (parameters === '') continue;
    const read = readQuery(
      parameters.replaceAll(';', '&'),
      { bareKind: segments[i]!, takesCodes: false },
      pseudonymise,
    );
    path += `;${read.query.replaceAll('&', ';')}`;
    objects.push(...read.objects);
  }
  return { path: path || '/', objects };
}
