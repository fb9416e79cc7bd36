import type { IncomingMessage } from 'node:http';
import type { Exchange, PrefixPolicy } from '../capture/exchange.js';
import { isAuthPath, isForm, isJson } from './credentials.js';
import { responseHeader } from './response-headers.js';

/** Of a login-like request's body, and of a response that is examined, bytes. */
const PREFIX_BYTES = 16 * 1024;
/** A body sent to a path that says nothing may still be a login if it is no longer than this, bytes. */
const MAX_UNNAMED_LOGIN = 1024;

const MAY_AUTHENTICATE = new Set(['POST', 'PUT', 'PATCH']);

/** Bodies are looked at only where they may hold credentials, responses where they answer such or hand out a list. */
export const prefixPolicy: PrefixPolicy = {
  requestPrefix(request, target) {
    return mayAuthenticate(request, target) ? PREFIX_BYTES : 0;
  },

  responsePrefix(exchange) {
    // A watched body without a limit is only counted; whether it was a login is decided at the end.
    if (mayAuthenticate(exchange.request, exchange.target)) return PREFIX_BYTES;
    const { request, response } = exchange;
    if (request.method !== 'GET' || response.statusCode !== 200) return 0;
    return isJson(responseHeader(response, 'content-type')) && responseHeader(response, 'content-encoding') === ''
      ? PREFIX_BYTES
      : 0;
  },
};

function mayAuthenticate(request: IncomingMessage, target: string): boolean {
  if (!MAY_AUTHENTICATE.has(request.method ?? '')) return false;
  const type = request.headers['content-type'] ?? '';
  if (!isJson(type) && !isForm(type)) return false;
  return isAuthPath(target) || Number(request.headers['content-length']) <= MAX_UNNAMED_LOGIN;
}

/** Whether an exchange was asked for its bodies as a possible authentication. */
export function wasExamined(exchange: Exchange): boolean {
  return mayAuthenticate(exchange.request, exchange.target);
}
