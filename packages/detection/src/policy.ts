import { ALERT_TYPES, type AlertType, type RequestEvent, type Settings, TRUST_KINDS } from '@vedette/protocol';
import { Networks } from './core/networks.js';

const BIT = new Map<AlertType, number>(ALERT_TYPES.map((type, i) => [type, 1 << i]));

interface Trusted {
  readonly networks: Networks;
  readonly services: ReadonlySet<string> | null;
  /** Types that are not looked for in its traffic, as bits. */
  readonly types: number;
  /** Its traffic says nothing about what is normal. */
  readonly isDrill: boolean;
}

/** What the settings ask of the engine: which types are looked for in which requests, and what may be learned from. */
export class Policy {
  /** Nothing is set: all types, every request. */
  readonly isPlain: boolean;
  readonly #off: number;
  readonly #offByService: ReadonlyMap<string, number>;
  readonly #trusted: readonly Trusted[];

  /** @param usesTrust false when a measurement leaves guard G8 out */
  constructor(settings: Settings, usesTrust = true) {
    const off = (detectors: Settings['detectors'], otherwise: number): number =>
      ALERT_TYPES.reduce((bits, type) => {
        const enabled = detectors[type]?.enabled;
        if (enabled === undefined) return bits;
        return enabled ? bits & ~BIT.get(type)! : bits | BIT.get(type)!;
      }, otherwise);
    this.#off = off(settings.detectors, 0);
    this.#offByService = new Map(
      Object.entries(settings.services).map(([service, { detectors }]) => [service, off(detectors, this.#off)]),
    );
    this.#trusted = (usesTrust ? settings.trustedSources : []).map((source) => ({
      networks: new Networks(source.networks),
      services: source.services === undefined ? null : new Set(source.services),
      types: maskOf(source.types ?? TRUST_KINDS[source.as]),
      isDrill: source.as === 'scanner' || source.as === 'load_test',
    }));
    this.isPlain =
      this.#trusted.length === 0 && this.#off === 0 && [...this.#offByService.values()].every((bits) => bits === 0);
  }

  /** Types that are not looked for in this request, as bits (see {@link isIn}). */
  skipped(event: RequestEvent): number {
    let bits = this.#offByService.get(event.service) ?? this.#off;
    for (const one of this.#trusted) if (applies(one, event)) bits |= one.types;
    return bits;
  }

  /** Whether the request is part of a drill: nothing is learned from it. */
  isDrill(event: RequestEvent): boolean {
    return this.#trusted.some((one) => one.isDrill && applies(one, event));
  }

  /** Whether a type is looked for at a service at all. */
  isOn(type: AlertType, service: string): boolean {
    return !isIn(type, this.#offByService.get(service) ?? this.#off);
  }
}

export function isIn(type: AlertType, bits: number): boolean {
  return (bits & BIT.get(type)!) !== 0;
}

function maskOf(types: readonly AlertType[]): number {
  return types.reduce((bits, type) => bits | BIT.get(type)!, 0);
}

function applies(trusted: Trusted, event: RequestEvent): boolean {
  return (trusted.services === null || trusted.services.has(event.service)) && trusted.networks.has(event.source);
}
