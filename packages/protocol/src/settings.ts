import { z } from 'zod';
import { ALERT_TYPES, type AlertType } from './alert-type.js';
import { VedetteError } from './errors.js';

/**
 * Requests a day of a service of which nothing else is said. Sensitivity is wanted in false alarms a day, and a
 * sequential test can promise them per request only (reference 3.3): this turns one into the other.
 */
export const REQUESTS_PER_DAY = 1_000_000;

/** False alarms a day of one type: one a day of all fifteen together, at {@link REQUESTS_PER_DAY}. */
export const FALSE_ALARMS_PER_DAY = 1 / ALERT_TYPES.length;

/** What a trusted network is there for, and which alert types are therefore not looked for in its traffic. */
export const TRUST_KINDS = {
  /** A vulnerability scanner that was ordered: it probes, guesses and walks. What it takes is still told. */
  scanner: [
    'credential_stuffing',
    'brute_force',
    'password_spraying',
    'user_enumeration',
    'object_enumeration',
    'path_scanning',
    'token_enumeration',
    'privilege_probing',
    'scraping',
    'rate_abuse',
  ],
  /** A load test: many requests, much data, nothing else. */
  load_test: ['rate_abuse', 'scraping', 'data_exfiltration'],
  /** An uptime checker or synthetic monitor: the same requests for years, also a login with an old password. */
  monitor: ['rate_abuse', 'brute_force', 'consumer_drift'],
  /** A crawler by its published addresses: reads everything public, follows dead links. */
  crawler: ['scraping', 'path_scanning', 'object_enumeration', 'rate_abuse'],
  /** A service that logs people in from its own addresses (an aggregator, a relay, a partner's back end). */
  login_relay: ['credential_stuffing', 'password_spraying', 'session_hijack'],
} as const satisfies Record<string, readonly AlertType[]>;

export type TrustKind = keyof typeof TRUST_KINDS;

const TypeSchema = z.enum(ALERT_TYPES);
const NetworkSchema = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'must be an address or a network, such as 203.0.113.7 or 2001:db8::/32',
});
const ServiceName = z.string().min(1).max(200);

const DetectorSettingsSchema = z.strictObject({
  /** Off: nothing of this type is looked for. */
  enabled: z.boolean().optional(),
  /** Sensitivity: wanted false alarms of this type a day. Ten times as many ask for 2.3 nats less evidence. */
  falseAlarmsPerDay: z.number().positive().max(1000).optional(),
});
const DetectorsSchema = z.partialRecord(TypeSchema, DetectorSettingsSchema).default({});
const RequestsPerDaySchema = z.number().min(1000).max(1e12);

const TrustedSourceSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Client addresses and networks. What a client says of itself (its user agent) is never a reason to trust it. */
  networks: z.array(NetworkSchema).min(1).max(10_000),
  as: z.enum(Object.keys(TRUST_KINDS) as [TrustKind, ...TrustKind[]]),
  /** Types not looked for in its traffic, instead of those that go with `as`. */
  types: z.array(TypeSchema).min(1).optional(),
  /** All, unless some are named. */
  services: z.array(ServiceName).min(1).optional(),
});

const ExpectedEventSchema = z
  .strictObject({
    /** For the alert: `load test by the payments team, CHG-1042`. */
    reason: z.string().min(1).max(500),
    from: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
    /** Only what is named is expected. */
    types: z.array(TypeSchema).min(1),
    services: z.array(ServiceName).min(1).optional(),
    networks: z.array(NetworkSchema).min(1).max(10_000).optional(),
    actors: z.array(z.string().min(1).max(500)).min(1).max(10_000).optional(),
    /** As alerts have them: `GET /orders/{id}`. */
    routes: z.array(z.string().min(1).max(1000)).min(1).max(1000).optional(),
  })
  .refine((event) => Date.parse(event.until) > Date.parse(event.from), {
    message: 'must be later than "from"',
    path: ['until'],
  });

/**
 * What the people of a service tell detection. Everything has a default: an empty object is valid, and what a new
 * installation starts with. What is said of a service wins over what is said for all.
 */
export const SettingsSchema = z.strictObject({
  /** Usual requests a day of one service, for the sensitivity. */
  requestsPerDay: RequestsPerDaySchema.default(REQUESTS_PER_DAY),
  detectors: DetectorsSchema,
  services: z
    .record(
      ServiceName,
      z.strictObject({ requestsPerDay: RequestsPerDaySchema.optional(), detectors: DetectorsSchema }),
    )
    .default({}),
  /** Networks that are what they are there for; see {@link TRUST_KINDS}. */
  trustedSources: z.array(TrustedSourceSchema).max(1000).default([]),
  /** Alerts that were announced: they are kept with the reason as `expected`, and page nobody. */
  expectedEvents: z.array(ExpectedEventSchema).max(1000).default([]),
});

/** `GET /api/settings` */
export const SettingsStateSchema = z.object({
  settings: SettingsSchema,
  /** `file`: kept in a file of the collector's, and not to be changed by the API. */
  from: z.enum(['defaults', 'file', 'api']),
  /** Grows by one with each change by the API. */
  revision: z.number().int().nonnegative(),
  changedAt: z.iso.datetime().nullable(),
  changedBy: z.string().nullable(),
});

/** `PUT /api/settings`: `revision` is the one that the change was made from, so that nobody undoes another's. */
export const ChangeSettingsSchema = z.strictObject({
  settings: SettingsSchema,
  revision: z.number().int().nonnegative(),
});

/** `GET /api/settings/changes`, newest first */
export const SettingsChangesSchema = z.object({ changes: z.array(SettingsStateSchema) });

export type SettingsState = z.output<typeof SettingsStateSchema>;
export type Settings = z.output<typeof SettingsSchema>;
export type SettingsInput = z.input<typeof SettingsSchema>;
export type TrustedSource = Settings['trustedSources'][number];
export type ExpectedEvent = Settings['expectedEvents'][number];

export const DEFAULT_SETTINGS: Settings = SettingsSchema.parse({});

/**
 * Reads settings from the text of a JSON file.
 *
 * @param name of the file, for the message
 * @throws VedetteError `VDT_SETTINGS_INVALID`, naming each place in the file that is wrong and why
 */
export function parseSettings(text: string, name: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new VedetteError('VDT_SETTINGS_INVALID', `${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return checkSettings(value, name);
}

/** As {@link parseSettings}, of a value that is parsed already. */
export function checkSettings(value: unknown, name: string): Settings {
  const parsed = SettingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => `${placeOf(issue.path)}${issue.message}`);
  throw new VedetteError('VDT_SETTINGS_INVALID', `${name}: ${reasons.join('; ')}`, { cause: parsed.error });
}

/** `services.shop.detectors.scraping.enabled: `, `trustedSources[0].networks[2]: ` */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  return `${path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`)).join('')}: `;
}
