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
  requestPrefix(exchange) {
    return wasExamined(exchange) ? PREFIX_BYTES : 0;
  },

  responsePrefix(exchange) {
    // A watched body without a limit is only counted; whether it was a login is decided at the end.
    if (wasExamined(exchange)) return PREFIX_BYTES;
    const { request, response } = exchange;
    if (request.method !== 'GET' || response.statusCode !== 200) return 0;
    return isJson(responseHeader(response, 'content-type')) && responseHeader(response, 'content-encoding') === ''
      ? PREFIX_BYTES
      : 0;
  },
};

/** Whether an exchange was asked for its bodies as a possible authentication. */
export function wasExamined({ request, target, headers }: Exchange): boolean {
  if (!MAY_AUTHENTICATE.has(request.method ?? '')) return false;
  if (!isJson(headers.contentType) && !isForm(headers.contentType)) return false;
  const { contentLength } = headers;
  return isAuthPath(target) || (contentLength >= 0 && contentLength <= MAX_UNNAMED_LOGIN);
}
