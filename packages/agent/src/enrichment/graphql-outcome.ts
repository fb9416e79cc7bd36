import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { setsSession } from './cookies.js';
import { jsonFields } from './json-fields.js';
import { type AuthResponse, authOutcome, FAILURE_FLAG, TOKEN_FIELD } from './outcome.js';

/** `errors` of the answer, or `userErrors`, `customerUserErrors` and the like of a payload, that are not empty. */
const ERRORS = /"(?:[a-zA-Z]*E|e)rrors"\s*:\s*\[\s*[{"]/;
/** `"data":null`, or a root field that came to nothing. */
const NOTHING = /"data"\s*:\s*(?:null|\{\s*"\w+"\s*:\s*null\s*[,}])/;

/**
 * How authentication attempts in a GraphQL request ended. The status is 200 for both as a rule, so the answer's body says:
 * a token or a session that was handed out is a success, of several attempts of any; errors and empty fields are
 * failures.
 *
 * @returns `''` where it cannot be told
 */
export function graphqlOutcome(event: AuthEvent, response: AuthResponse): AuthOutcome {
  if (response.status < 200 || response.status >= 300) return authOutcome(event, response);
  const { bodyPrefix } = response;
  let failed = ERRORS.test(bodyPrefix) || NOTHING.test(bodyPrefix);
  for (const { key, kind, text } of jsonFields(bodyPrefix, { maxFields: 512, maxDepth: 8 })) {
    if (kind === 'string' && text.length >= 8 && TOKEN_FIELD.test(key)) return 'success';
    if (text === 'false' && FAILURE_FLAG.test(key)) failed = true;
  }
  if (setsSession(response.setCookies)) return 'success';
  if (failed) return 'failure';
  return event === 'login' || bodyPrefix === '' ? '' : 'success';
}
