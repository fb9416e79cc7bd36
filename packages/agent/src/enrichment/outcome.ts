import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { setsSession } from './cookies.js';
import { isJson } from './credentials.js';
import { jsonFields } from './json-fields.js';

/** What a response shows of how an authentication event ended. */
export interface AuthResponse {
  /** 0 where none was sent. */
  readonly status: number;
  readonly setCookies: readonly string[];
  readonly location: string;
  readonly contentType: string;
  /** First characters of the body, decoded; `''` where they are not known. */
  readonly bodyPrefix: string;
}

/** Statuses with which services refuse credentials; 429 as well: whoever is throttled did not get in. */
const REFUSED = new Set([400, 401, 403, 404, 409, 410, 412, 418, 419, 422, 423, 429]);
/** Names of members that hand out a token, and of flags that say whether it went well. */
export const TOKEN_FIELD = /^(?:access|id|auth|refresh|session|bearer|api)?_?-?(?:token|jwt)$|^session_?id$|^sid$/i;
export const FAILURE_FLAG = /^(?:success|ok|authenticated|valid|loggedin|logged_in|isvalid|verified)$/i;
const ERROR_FIELD = /^(?:error|errors|error_?code|error_?message|error_?description)$/i;
const LOGIN_PAGE = /(?:^|\/)(?:log-?in|sign-?in|auth|session|login\.\w+)(?:[/?#]|$)/i;
const ERROR_QUERY = /[?&#](?:error|err|fail|failed|failure|invalid|denied)\b/i;
const PASSWORD_INPUT = /type\s*=\s*["']?password/i;

/**
 * How an authentication event ended, as far as the response shows: the status, what a JSON body says, the target of a
 * redirect, session cookies and tokens that were handed out.
 *
 * @returns `''` where it cannot be told
 */
export function authOutcome(event: AuthEvent, response: AuthResponse): AuthOutcome {
  const { status } = response;
  if (REFUSED.has(status)) return 'failure';
  if (status < 200 || status >= 400) return '';
  if (status >= 300) return redirectOutcome(response);
  const said = isJson(response.contentType) ? outcomeInJson(response.bodyPrefix) : '';
  if (said !== '') return said;
  if (setsSession(response.setCookies)) return 'success';
  if (event !== 'login') return 'success';
  // A login form that comes back with status 200 is how server-rendered pages refuse.
  return PASSWORD_INPUT.test(response.bodyPrefix) ? 'failure' : '';
}

function redirectOutcome({ location, setCookies }: AuthResponse): AuthOutcome {
  if (ERROR_QUERY.test(location) || LOGIN_PAGE.test(location)) return 'failure';
  return setsSession(setCookies) ? 'success' : '';
}

function outcomeInJson(prefix: string): AuthOutcome {
  let hasToken = false;
  for (const { key, kind, text, inArray } of jsonFields(prefix, { maxFields: 64, maxDepth: 4 })) {
    if (inArray && !ERROR_FIELD.test(key)) continue;
    if (FAILURE_FLAG.test(key) && text === 'false') return 'failure';
    if (ERROR_FIELD.test(key) && kind !== 'literal' && text !== '' && text !== '0') return 'failure';
    if (TOKEN_FIELD.test(key) && kind === 'string' && text.length >= 8) hasToken = true;
  }
  return hasToken ? 'success' : '';
}
