import type { Exchange } from '../capture/exchange.js';
import { splitTarget } from '../request-target.js';
import { redactPath } from './redact.js';

/** A gRPC call, as its request and its answer tell. */
export interface GrpcCall {
  /** `package.Service/Method`. */
  readonly method: string;
  /** Of the trailers, or of an answer without a body; 0 is success. `undefined` where none was sent. */
  readonly status: number | undefined;
}

/** Path of a call (gRPC over HTTP/2, "Requests"). */
const CALL = /^\/[A-Za-z_][\w.]{0,199}\/[A-Za-z_]\w{0,99}$/;
/** Status codes with which a server says that the fault is its own (semantic conventions for gRPC). */
const SERVER_FAULTS: ReadonlySet<number | undefined> = new Set([2, 4, 12, 13, 14, 15]);
const UNAUTHENTICATED = 16;

/** @returns `undefined` for a request that is no gRPC call */
export function grpcCallOf({ request, response, target, headers }: Exchange): GrpcCall | undefined {
  if (!headers.contentType.startsWith('application/grpc') || request.method !== 'POST') return undefined;
  const { path } = splitTarget(target);
  // Anybody can ask for any path: what looks secret is no operation.
  if (!CALL.test(path) || ![redactPath(path, '')].flat().every((part) => typeof part === 'string')) return undefined;
  const { stream } = response as { readonly stream?: { readonly sentTrailers?: { readonly [name: string]: unknown } } };
  const code = Number(stream?.sentTrailers?.['grpc-status'] ?? response.getHeader('grpc-status') ?? Number.NaN);
  return { method: path.slice(1), status: code >= 0 && code <= 16 && Number.isInteger(code) ? code : undefined };
}

export function isServerFault({ status }: GrpcCall): boolean {
  return SERVER_FAULTS.has(status);
}

export function isUnauthenticated(call: GrpcCall | undefined): boolean {
  return call?.status === UNAUTHENTICATED;
}
