import type { AuthEvent } from '@vedette/protocol';

/** What the owner of an odd API tells the agent about it: the content of `VEDETTE_CONFIG`. */
export interface ApiRules {
  readonly auth: readonly AuthRule[];
  /** Lower-case names of headers that hold an API key, beside the usual ones. */
  readonly apiKeyHeaders: readonly string[];
  /** Names of cookies that hold a session, beside the usual ones. */
  readonly sessionCookies: readonly string[];
  /** Names of query and path parameters whose values are secret, beside the usual ones. */
  readonly secretParameters: readonly string[];
  /** Names of query and body fields that hold the id of an object, beside the usual ones. */
  readonly idFields: readonly string[];
  /** Paths of which no body is looked into. */
  readonly ignoredPaths: PathPatterns;
}

/** A route that takes authentication attempts. */
export interface AuthRule {
  readonly event: AuthEvent;
  /** Upper case. */
  readonly method: string;
  readonly path: PathPatterns;
  /** Where the account stands: a field of body or query, `user.email` for a member; `''` to look for it. */
  readonly identifier: string;
  /** Where the one-time code or token stands; `''` to look for it. */
  readonly code: string;
  /** What tells that an attempt succeeded, or failed; `undefined` to look for it. */
  readonly success: OutcomeRule | undefined;
  readonly failure: OutcomeRule | undefined;
}

/** All that is given must hold. */
export interface OutcomeRule {
  readonly statuses: readonly number[];
  /** Member of a JSON response, `result.code`; `''` where none is asked for. */
  readonly field: string;
  /** The member's value as text; `undefined`: it need only be there and be neither `false`, `null`, `0` nor empty. */
  readonly equals: string | undefined;
  /** Where a redirect leads; `undefined` where none is asked for. */
  readonly redirect: PathPatterns | undefined;
}

/** Patterns of paths: `*` or `:name` stands for a segment, `**` at the end for all that follows. */
export class PathPatterns {
  readonly #patterns: readonly RegExp[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map(compile);
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** @param path without query */
  matches(path: string): boolean {
    for (const pattern of this.#patterns) if (pattern.test(path)) return true;
    return false;
  }
}

/** One class a segment and none nested, so that no path makes matching slow. */
function compile(pattern: string): RegExp {
  const endsOpen = pattern.endsWith('/**');
  const source = (endsOpen ? pattern.slice(0, -3) : pattern)
    .split('/')
    .map((segment) =>
      segment === '*' || /^:\w+$/.test(segment) ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}${endsOpen ? '(?:/.*)?' : '/?'}$`);
}

export const NO_RULES: ApiRules = {
  auth: [],
  apiKeyHeaders: [],
  sessionCookies: [],
  secretParameters: [],
  idFields: [],
  ignoredPaths: new PathPatterns([]),
};
