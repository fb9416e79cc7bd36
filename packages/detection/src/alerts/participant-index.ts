import type { Alert, Finding } from '@vedette/protocol';

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

  /** Ids of alerts that share a participant with a finding; one that shares several may come several times. */
  *alike(finding: Finding, among: 'any type' | 'its type'): Iterable<string> {
    for (const name of namesIn(finding)) {
      const key = among === 'any type' ? name : `${finding.type}\n${finding.service}\n${name}`;
      yield* this.#alerts.get(key) ?? [];
    }
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
