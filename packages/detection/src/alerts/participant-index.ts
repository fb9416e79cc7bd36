import type { Alert, Finding } from '@vedette/protocol';

/**
 * A campaign joins another one's alert when the alert names a tenth of its participants (reference 8.1): one machine that
 * serves twice is no reason to hide forty others.
 */
const JOIN_SHARE = 0.1;

/** Which alerts name a source or an account, of any type and of one type at one service. */
export class ParticipantIndex {
  readonly #alerts = new Map<string, Set<string>>();

  add(alert: Alert): void {
    for (const name of namesIn(alert)) {
      for (const key of [name, `${alert.type}\n${alert.service}\n${name}`]) {
        let ids = this.#alerts.get(key);
        if (ids === undefined) {
          ids = new Set();
          this.#alerts.set(key, ids);
        }
        ids.add(alert.id);
      }
    }
  }

  /** Ids of alerts of any type that share a participant with a finding; one that shares several comes several times. */
  *alike(finding: Finding): Iterable<string> {
    for (const name of namesIn(finding)) yield* this.#alerts.get(name) ?? [];
  }

  /** Ids of alerts of a finding's type and service that name enough of its participants. */
  *joinable(finding: Finding): Iterable<string> {
    const shared = new Map<string, number>();
    const names = namesIn(finding);
    for (const name of names) {
      for (const id of this.#alerts.get(`${finding.type}\n${finding.service}\n${name}`) ?? []) {
        shared.set(id, (shared.get(id) ?? 0) + 1);
      }
    }
    for (const [id, count] of shared) if (count >= JOIN_SHARE * names.length) yield id;
  }

  /** Forgets alerts that are not kept. */
  prune(isKept: (id: string) => boolean): void {
    for (const [key, ids] of this.#alerts) {
      for (const id of ids) if (!isKept(id)) ids.delete(id);
      if (ids.size === 0) this.#alerts.delete(key);
    }
  }
}

/** Sources and accounts live in one index. */
function namesIn(named: Pick<Alert | Finding, 'sources' | 'actors' | 'compromised'>): string[] {
  return [...named.sources.map((source) => `source ${source}`), ...named.actors, ...named.compromised];
}
