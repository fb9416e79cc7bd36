import type { AuthOutcome } from '@vedette/protocol';
import type { AuthRule, OutcomeRule } from '../api-rules.js';
import type { SaidAttempt } from '../capture/exchange.js';
import { splitTarget } from '../request-target.js';
import { type Credentials, isForm, isJson } from './credentials.js';
import { jsonFields } from './json-fields.js';
import { isMultipart, multipartFields } from './multipart.js';
import type { AuthResponse } from './outcome.js';

/** Longest value that is believed, characters. */
const MAX_VALUE = 512;

/** The bodies' first characters with what they are. */
export interface RuledRequest {
  readonly target: string;
  readonly contentType: string;
  readonly body: string;
}

/**
 * What was tried at a route that the owner has described: where a field is named, its value in body or query; else what
 * was found by the usual names.
 */
export function ruledAttempt(rule: AuthRule, request: RuledRequest, found: Credentials): SaidAttempt {
  const named = (field: string): string => (field === '' ? '' : fieldOf(request, field));
  const isCodeTried = rule.event === 'otp' || rule.event === 'reset';
  return {
    event: rule.event,
    identifier: rule.identifier === '' ? found.identifier : named(rule.identifier),
    code: rule.code === '' ? (isCodeTried ? found.code : '') : named(rule.code),
    outcome: '',
    attempts: 1,
  };
}

/** How an attempt ended by the owner's rules; `''` where none of them holds. */
export function ruledOutcome({ success, failure }: AuthRule, response: AuthResponse): AuthOutcome {
  if (failure !== undefined && holds(failure, response)) return 'failure';
  if (success === undefined) return '';
  if (holds(success, response)) return 'success';
  // Where only success is described, any other answer of the service is a refusal.
  return failure === undefined && response.status > 0 && response.status < 500 ? 'failure' : '';
}

function holds({ statuses, field, equals, redirect }: OutcomeRule, response: AuthResponse): boolean {
  if (statuses.length > 0 && !statuses.includes(response.status)) return false;
  if (redirect !== undefined && !redirect.matches(splitTarget(response.location).path)) return false;
  if (field === '') return true;
  const value = isJson(response.contentType) ? jsonMember(response.bodyPrefix, field) : undefined;
  if (value === undefined) return false;
  return equals === undefined ? !/^(?:|0|false|null)$/.test(value) : value === equals;
}

function fieldOf({ target, contentType, body }: RuledRequest, field: string): string {
  const inBody = isForm(contentType)
    ? new URLSearchParams(body).get(field)
    : isMultipart(contentType)
      ? multipartFields(body, contentType).find(({ name }) => name === field)?.value
      : jsonMember(body, field);
  const value = inBody ?? new URLSearchParams(splitTarget(target).query).get(field) ?? '';
  return value.length <= MAX_VALUE ? value : '';
}

/** A member's value as text, by its path; of a body that was cut off, by the last name of the path. */
function jsonMember(text: string, path: string): string | undefined {
  const names = path.split('.');
  try {
    let value: unknown = JSON.parse(text);
    for (const name of names) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
    return value === undefined || typeof value === 'object' ? textOf(value) : String(value);
  } catch {
    return jsonFields(text, { maxFields: 200, maxDepth: 8 }).find(({ key }) => key === names.at(-1))?.text;
  }
}

/** An object or array is there, whatever it holds. */
function textOf(value: object | null | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value === null ? 'null' : 'object';
}
