/**
 * HTTP status of each gRPC status code, by number and by name, as google/rpc/code.proto maps them ("HTTP Mapping").
 * gRPC itself answers 200 and carries the failure in a trailer; detection needs to see it.
 */
const HTTP_OF_CODE: readonly number[] = [
  200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
];

const NAMES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

const codeOfName = new Map(NAMES.map((name, code) => [name, code]));

/** HTTP status for a gRPC code number; 0 where it is not one. */
export function httpStatusOfRpcCode(code: number): number {
  return HTTP_OF_CODE[code] ?? 0;
}

/** HTTP status for a status name (`NOT_FOUND`, Connect's `not_found`) or a number in text; 0 where it is neither. */
export function httpStatusOfRpcName(name: string): number {
  if (name === '') return 0;
  const code = codeOfName.get(name.toUpperCase()) ?? (name.length <= 2 ? Number(name) : Number.NaN);
  return httpStatusOfRpcCode(code);
}
