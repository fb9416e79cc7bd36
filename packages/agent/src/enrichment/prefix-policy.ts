import type { ApiRules, AuthRule } from '../api-rules.js';
import type { Exchange, PrefixPolicy } from '../capture/exchange.js';
import { splitTarget } from '../request-target.js';
import { isAuthPath, isForm, isJson } from './credentials.js';
import { type BodyBudgets, requestPrefix, responsePrefix } from './describe-bodies.js';
import { isGraphqlTarget, isJsonOrGraphql } from './graphql.js';
import { isMultipart } from './multipart.js';

/** Of a login-like request's body and of its response, bytes. */
const PREFIX_BYTES = 16 * 1024;
/** Of a GraphQL request's body, bytes: one holds many attempts. */
const GRAPHQL_BYTES = 64 * 1024;
/** A body sent to a path that says nothing may still be a login if it is no longer than this, bytes. */
const MAX_UNNAMED_LOGIN = 1024;

const MAY_AUTHENTICATE = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Bodies are looked at only where they may hold credentials, and responses that answer such; beyond that as far as the
 * budgets allow, see `describeBodies`.
 */
export function createPrefixPolicy(rules: ApiRules, budgets: BodyBudgets): PrefixPolicy {
  return {
    requestPrefix(exchange) {
      if (wasExamined(exchange, rules)) return isGraphqlTarget(exchange.target) ? GRAPHQL_BYTES : PREFIX_BYTES;
      return isIgnored(exchange, rules) ? 0 : requestPrefix(exchange, budgets);
    },

    responsePrefix(exchange) {
      // A watched body without a limit is only counted; whether it was a login is decided at the end.
      if (wasExamined(exchange, rules)) return PREFIX_BYTES;
      return isIgnored(exchange, rules) ? 0 : responsePrefix(exchange, budgets);
    },
  };
}

/** Whether an exchange was asked for its bodies as a possible authentication. */
export function wasExamined(exchange: Exchange, rules: ApiRules): boolean {
  if (isIgnored(exchange, rules)) return false;
  if (authRuleOf(exchange, rules) !== undefined) return true;
  const { request, target, headers } = exchange;
  if (!MAY_AUTHENTICATE.has(request.method ?? '')) return false;
  const { contentLength, contentType } = headers;
  if (isGraphqlTarget(target) && isJsonOrGraphql(contentType)) return true;
  if (!isJson(contentType) && !isForm(contentType) && !isMultipart(contentType)) return false;
  return isAuthPath(target) || (contentLength >= 0 && contentLength <= MAX_UNNAMED_LOGIN);
}

/** The first of the owner's rules that describes a request. */
export function authRuleOf({ request, target }: Exchange, { auth }: ApiRules): AuthRule | undefined {
  if (auth.length === 0) return undefined;
  const { path } = splitTarget(target);
  return auth.find((rule) => rule.method === request.method && rule.path.matches(path));
}

function isIgnored({ target }: Exchange, { ignoredPaths }: ApiRules): boolean {
  return !ignoredPaths.isEmpty && ignoredPaths.matches(splitTarget(target).path);
}
