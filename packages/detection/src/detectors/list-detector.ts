import type { Detector } from '../detector.js';
import type { ListAttacks } from './list-attacks.js';
import type { ListType } from './list-naming.js';

/**
 * A detector of one type of list. Both types come from one machinery, whose state the engine saves; where only one of them
 * is looked for it sees the events all the same, and the engine says what is wanted.
 */
export function listDetector(lists: ListAttacks, type: ListType): Detector {
  return {
    tables: [],
    observe(facts) {
      if (facts.login.active ? facts.login.hasId : facts.login.resolved >= 0) lists.observe(facts, type);
    },
    tick(nowMs) {
      lists.tick(nowMs);
    },
    flush(nowMs) {
      lists.flush(nowMs);
    },
    save: () => null,
    load: () => {},
  };
}
