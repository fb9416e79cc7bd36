import type { AlertType, ExpectedEvent, Finding } from '@vedette/protocol';
import { Networks } from '../core/networks.js';

interface Expectation {
  readonly reason: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly types: ReadonlySet<AlertType>;
  readonly services: ReadonlySet<string> | null;
  readonly networks: Networks | null;
  readonly actors: ReadonlySet<string> | null;
  readonly routes: ReadonlySet<string> | null;
}

/**
 * What was announced (guard G12). A finding is expected where everything it names is: its type, service and whole time,
 * and each of its sources, actors and routes where the announcement says which. One stranger in it, and it is not.
 */
export class Expectations {
  readonly #announced: readonly Expectation[];

  constructor(events: readonly ExpectedEvent[]) {
    this.#announced = events.map((event) => ({
      reason: event.reason,
      fromMs: Date.parse(event.from),
      untilMs: Date.parse(event.until),
      types: new Set(event.types),
      services: event.services === undefined ? null : new Set(event.services),
      networks: event.networks === undefined ? null : new Networks(event.networks),
      actors: event.actors === undefined ? null : new Set(event.actors),
      routes: event.routes === undefined ? null : new Set(event.routes),
    }));
  }

  /** Why all of the findings were expected, or `null` where one of them was not. */
  reasonFor(findings: readonly Finding[]): string | null {
    let reason: string | null = null;
    for (const finding of findings) {
      const one = this.#announced.find((announced) => covers(announced, finding));
      if (one === undefined) return null;
      reason = one.reason;
    }
    return reason;
  }
}

function covers(announced: Expectation, finding: Finding): boolean {
  return (
    announced.types.has(finding.type) &&
    (announced.services === null || announced.services.has(finding.service)) &&
    finding.firstSeenMs >= announced.fromMs &&
    finding.lastSeenMs <= announced.untilMs &&
    areAll(finding.sources, (source) => announced.networks?.has(source) ?? true, announced.networks === null) &&
    areAll(finding.actors, (actor) => announced.actors?.has(actor) ?? true, announced.actors === null) &&
    areAll(finding.routes, (route) => announced.routes?.has(route) ?? true, announced.routes === null)
  );
}

/** Whether each of the names fits, and there is one: where nobody is named, nobody can be recognised. */
function areAll(names: readonly string[], fits: (name: string) => boolean, isAnyone: boolean): boolean {
  return isAnyone || (names.length > 0 && names.every(fits));
}
