import { readFileSync } from 'node:fs';
import type { AuthEvent } from '@vedette/protocol';
import { type ApiRules, type AuthRule, NO_RULES, type OutcomeRule, PathPatterns } from './api-rules.js';
import type { Log } from './log.js';

/** Entries of a list, characters of a text, and complaints of one file that are taken at most. */
const MAX_ENTRIES = 200;
const MAX_TEXT = 256;
const MAX_COMPLAINTS = 5;

const EVENTS: readonly AuthEvent[] = ['login', 'signup', 'reset', 'otp'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Reads `VEDETTE_CONFIG`: the path of a JSON file, or the JSON itself. What makes no sense is left out, and everything that
 * was left out is named in one line; the rest counts.
 */
export function readRules(value: string | undefined, log: Log): ApiRules {
  const text = value?.trim() ?? '';
  if (text === '') return NO_RULES;
  const reading = new Reading();
  const rules = rulesOf(reading, parse(text, reading));
  const { complaints } = reading;
  if (complaints.length > 0) {
    const more = complaints.length > MAX_COMPLAINTS ? `; and ${complaints.length - MAX_COMPLAINTS} more` : '';
    log.warnOnce(
      'VDT_AGENT_CONFIG',
      `VEDETTE_CONFIG: ${complaints.slice(0, MAX_COMPLAINTS).join('; ')}${more}. The rest of it counts`,
    );
  }
  return rules;
}

function parse(text: string, reading: Reading): unknown {
  try {
    return JSON.parse(text.startsWith('{') ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    // The parser quotes what it could not read, which may be a secret on the wrong variable.
    const reason = error instanceof SyntaxError ? 'it is no JSON' : String((error as NodeJS.ErrnoException).code);
    reading.complain(text.startsWith('{') ? reason : `${text} cannot be read (${reason})`);
    return {};
  }
}

function rulesOf(reading: Reading, value: unknown): ApiRules {
  const file = reading.object(value, 'the file', [
    'auth',
    'apiKeyHeaders',
    'sessionCookies',
    'secretParameters',
    'idFields',
    'ignore',
  ]);
  return {
    auth: reading.list(file.auth, 'auth').flatMap((one, index) => authRule(reading, one, `auth[${index}]`)),
    apiKeyHeaders: reading.texts(file.apiKeyHeaders, 'apiKeyHeaders').map((name) => name.toLowerCase()),
    sessionCookies: reading.texts(file.sessionCookies, 'sessionCookies'),
    secretParameters: reading.texts(file.secretParameters, 'secretParameters'),
    idFields: reading.texts(file.idFields, 'idFields'),
    ignoredPaths: new PathPatterns(reading.paths(file.ignore, 'ignore')),
  };
}

function authRule(reading: Reading, value: unknown, at: string): AuthRule[] {
  const rule = reading.object(value, at, ['event', 'method', 'path', 'identifier', 'code', 'success', 'failure']);
  const event = reading.choice(rule.event, `${at}.event`, EVENTS);
  const paths = reading.paths(rule.path, `${at}.path`);
  if (event === undefined || paths.length === 0) {
    reading.complain(`${at} needs event and path`);
    return [];
  }
  return [
    {
      event,
      method: reading.choice(rule.method ?? 'POST', `${at}.method`, METHODS) ?? 'POST',
      path: new PathPatterns(paths),
      identifier: reading.text(rule.identifier, `${at}.identifier`),
      code: reading.text(rule.code, `${at}.code`),
      success: outcomeRule(reading, rule.success, `${at}.success`),
      failure: outcomeRule(reading, rule.failure, `${at}.failure`),
    },
  ];
}

function outcomeRule(reading: Reading, value: unknown, at: string): OutcomeRule | undefined {
  if (value === undefined) return undefined;
  const rule = reading.object(value, at, ['status', 'field', 'equals', 'redirect']);
  const statuses = reading.list(rule.status, `${at}.status`).filter((status) => Number.isInteger(status)) as number[];
  const redirects = reading.paths(rule.redirect, `${at}.redirect`);
  const field = reading.text(rule.field, `${at}.field`);
  if (statuses.length === 0 && field === '' && redirects.length === 0) {
    reading.complain(`${at} needs status, field or redirect`);
    return undefined;
  }
  return {
    statuses,
    field,
    equals: rule.equals === undefined ? undefined : String(rule.equals),
    redirect: redirects.length === 0 ? undefined : new PathPatterns(redirects),
  };
}

/** Takes what is of the right kind and notes what is not. */
class Reading {
  readonly complaints: string[] = [];

  complain(complaint: string): void {
    this.complaints.push(complaint);
  }

  object<K extends string>(value: unknown, at: string, keys: readonly K[]): { readonly [key in K]?: unknown } {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.complain(`${at} is no object`);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!keys.some((known) => known === key)) this.complain(`${at} has an unknown key ${key.slice(0, 40)}`);
    }
    return value;
  }

  /** One entry may stand without brackets. */
  list(value: unknown, at: string): readonly unknown[] {
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > MAX_ENTRIES) this.complain(`${at} has more than ${MAX_ENTRIES} entries`);
    return list.slice(0, MAX_ENTRIES);
  }

  texts(value: unknown, at: string): readonly string[] {
    return this.list(value, at).flatMap((one) => this.text(one, at) || []);
  }

  paths(value: unknown, at: string): readonly string[] {
    return this.texts(value, at).filter((path) => {
      if (path.startsWith('/')) return true;
      this.complain(`${at} takes paths that begin with a slash`);
      return false;
    });
  }

  /** @returns `''` where none is given */
  text(value: unknown, at: string): string {
    if (value === undefined) return '';
    if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) return value;
    this.complain(`${at} takes a text`);
    return '';
  }

  choice<T extends string>(value: unknown, at: string, choices: readonly T[]): T | undefined {
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined && value !== undefined) this.complain(`${at} is none of ${choices.join(', ')}`);
    return chosen;
  }
}
