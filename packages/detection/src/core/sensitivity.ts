import { type AlertType, DEFAULT_SETTINGS, FALSE_ALARMS_PER_DAY, type Settings } from '@vedette/protocol';
import { thresholdFor } from './likelihood.js';

const MILLION = 1_000_000;

/** Evidence in nats that one test asks for, service by service. */
export class Threshold {
  readonly #type: AlertType;
  readonly #updatesPerMillion: number;
  #usual = 0;
  /** Services of which the settings say something; `null` where there are none. */
  #own: Map<string, number> | null = null;

  constructor(type: AlertType, updatesPerMillion: number) {
    this.#type = type;
    this.#updatesPerMillion = updatesPerMillion;
  }

  of(service: string): number {
    return this.#own === null ? this.#usual : (this.#own.get(service) ?? this.#usual);
  }

  configure(settings: Settings): void {
    const usual = settings.detectors[this.#type]?.falseAlarmsPerDay ?? FALSE_ALARMS_PER_DAY;
    this.#usual = this.#nats(usual, settings.requestsPerDay);
    const services = Object.entries(settings.services);
    this.#own =
      services.length === 0
        ? null
        : new Map(
            services.map(([service, { requestsPerDay, detectors }]) => [
              service,
              this.#nats(detectors[this.#type]?.falseAlarmsPerDay ?? usual, requestsPerDay ?? settings.requestsPerDay),
            ]),
          );
  }

  #nats(falseAlarmsPerDay: number, requestsPerDay: number): number {
    return Math.max(1, thresholdFor(this.#updatesPerMillion, (falseAlarmsPerDay * MILLION) / requestsPerDay));
  }
}

/**
 * How much evidence the detectors ask for: from the false alarms a day that the settings allow, the requests a day of
 * the service, and how often a test is updated. Detectors take their {@link Threshold} at construction; it follows the
 * settings when these change.
 */
export class Sensitivity {
  readonly #thresholds: Threshold[] = [];
  #settings = DEFAULT_SETTINGS;

  /** @param updatesPerMillion how often one million requests update the test (reference 3.3) */
  threshold(type: AlertType, updatesPerMillion: number): Threshold {
    const threshold = new Threshold(type, updatesPerMillion);
    threshold.configure(this.#settings);
    this.#thresholds.push(threshold);
    return threshold;
  }

  configure(settings: Settings): void {
    this.#settings = settings;
    for (const threshold of this.#thresholds) threshold.configure(settings);
  }
}
