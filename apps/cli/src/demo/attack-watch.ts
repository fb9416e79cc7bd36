import type { Alert, AlertEvent } from '@vedette/protocol';
import type { Attack } from './attacks.js';

/** What a new alert is about: an attack that it names, something else that the attacker did, or nobody's attack. */
export type Verdict =
  | { readonly kind: 'detected'; readonly attack: Attack; readonly delayMs: number }
  | { readonly kind: 'related'; readonly attack: Attack }
  | { readonly kind: 'unexplained' };

/** Compares alerts with the attacks that really happened. */
export class AttackWatch {
  readonly #attacks: Attack[] = [];
  readonly #detected = new Map<Attack, number>();
  readonly #alerts = new Map<string, { alert: Alert; verdict: Verdict }>();

  began(attack: Attack): void {
    this.#attacks.push(attack);
  }

  /** @returns what an alert that was just raised is about; `undefined` for news of one that is known */
  observe(event: AlertEvent, nowMs: number): Verdict | undefined {
    const { alert } = event;
    const known = this.#alerts.get(alert.id);
    if (known !== undefined && event.change !== 'recurred') {
      this.#alerts.set(alert.id, { ...known, alert });
      // An attack from new addresses may join an alert that is open already.
      for (const attack of this.#attacks) if (isAbout(alert, attack)) this.#note(attack, nowMs);
      return undefined;
    }
    const verdict = this.#judge(alert, nowMs);
    this.#alerts.set(alert.id, { alert, verdict });
    return verdict;
  }

  /** Alerts in their present state, in the order in which they were raised. */
  alerts(): readonly { readonly alert: Alert; readonly verdict: Verdict }[] {
    return [...this.#alerts.values()];
  }

  /** Attacks that began and that no alert of their type names. */
  unseen(): readonly Attack[] {
    return this.#attacks.filter((attack) => !this.#detected.has(attack));
  }

  /** From an attack's first request to its alert, ms. */
  delaysMs(): readonly number[] {
    return [...this.#detected.values()];
  }

  #judge(alert: Alert, nowMs: number): Verdict {
    // The newest attack first: an address is used once, an account may be attacked again.
    const involved = this.#attacks.filter((attack) => shareSource(alert, attack)).reverse();
    const named = involved.find((attack) => attack.type === alert.type);
    if (named !== undefined) {
      this.#note(named, nowMs);
      return { kind: 'detected', attack: named, delayMs: nowMs - named.startMs };
    }
    const first = involved[0];
    return first === undefined ? { kind: 'unexplained' } : { kind: 'related', attack: first };
  }

  /** The first alert counts. */
  #note(attack: Attack, nowMs: number): void {
    if (!this.#detected.has(attack)) this.#detected.set(attack, nowMs - attack.startMs);
  }
}

function isAbout(alert: Alert, attack: Attack): boolean {
  return alert.type === attack.type && shareSource(alert, attack);
}

function shareSource(alert: Alert, attack: Attack): boolean {
  return attack.sources.some((source) => alert.sources.includes(source));
}
