import { VedetteError } from '@vedette/protocol';
import { z } from 'zod';

/** Everything that can be set for a collector. Flags win over `VEDETTE_…` environment variables, these over defaults. */
export const CollectorConfigSchema = z.strictObject({
  /** Address to listen on. One that is not loopback needs an API token. */
  host: z.string().min(1).default('127.0.0.1'),
  /** TCP port; 0 takes a free one. */
  port: z.coerce.number().int().min(0).max(65_535).default(4400),
  /** Directory for the embedded database, tokens and detector snapshots. */
  dataDir: z.string().min(1).default('.vedette'),
  /** `http(s)://user:password@host:8123/database` of a ClickHouse server; without it the embedded engine is used. */
  clickhouseUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Where alerts are posted. */
  webhookUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** `whsec_…` key that signs webhooks; made at the first start when it is not given. */
  webhookSecret: z.string().startsWith('whsec_').optional(),
  /** Address under which people reach the dashboard, for links in webhooks. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Ingest token valid from the start; made at the first start when it is not given. */
  ingestToken: z.string().min(16).max(512).optional(),
  /** Spans a second that each ingest token may send which has no rate of its own; without it there is no limit. */
  tokenSpansPerSecond: z.coerce.number().int().min(1).max(1e9).optional(),
  /** Connections from which spans are taken; past it senders are told to come back later. */
  maxConnections: z.coerce.number().int().min(1).max(60_000).default(2000),
  /** Memory for bodies that arrive, wait or are worked on, MB; past it senders are told to come back later. */
  ingestMemoryMb: z.coerce.number().int().min(16).max(65_536).default(128),
  /** Admin API token valid from the start. */
  apiToken: z.string().min(16).max(512).optional(),
  /** Key of all pseudonyms; made at the first start when it is not given. */
  pseudonymKey: z.string().min(16).max(512).optional(),
  /** Days for which request events are kept. */
  retentionDays: z.coerce.number().int().min(1).max(3650).default(30),
  /** Days for which the rollups per minute are kept. */
  rollupRetentionDays: z.coerce.number().int().min(1).max(3650).default(400),
  /** Days for which alerts and their history are kept. */
  alertRetentionDays: z.coerce.number().int().min(1).max(3650).default(400),
  /** Memory for detector state, MB. */
  stateMemoryMb: z.coerce.number().int().min(16).max(65_536).default(512),
  /** JSON file with the settings of detection; without it they are changed by the API. */
  settingsFile: z.string().min(1).optional(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
});

export type CollectorConfig = z.infer<typeof CollectorConfigSchema>;
export type CollectorOptions = z.input<typeof CollectorConfigSchema>;

/** Environment variable of each setting. */
export const CONFIG_ENV: Readonly<Record<keyof CollectorConfig, string>> = {
  host: 'VEDETTE_HOST',
  port: 'VEDETTE_PORT',
  dataDir: 'VEDETTE_DATA',
  clickhouseUrl: 'VEDETTE_CLICKHOUSE_URL',
  webhookUrl: 'VEDETTE_WEBHOOK',
  webhookSecret: 'VEDETTE_WEBHOOK_SECRET',
  publicUrl: 'VEDETTE_PUBLIC_URL',
  ingestToken: 'VEDETTE_INGEST_TOKEN',
  tokenSpansPerSecond: 'VEDETTE_TOKEN_SPANS_PER_SECOND',
  maxConnections: 'VEDETTE_MAX_CONNECTIONS',
  ingestMemoryMb: 'VEDETTE_INGEST_MEMORY_MB',
  apiToken: 'VEDETTE_API_TOKEN',
  pseudonymKey: 'VEDETTE_PSEUDONYM_KEY',
  retentionDays: 'VEDETTE_RETENTION_DAYS',
  rollupRetentionDays: 'VEDETTE_ROLLUP_RETENTION_DAYS',
  alertRetentionDays: 'VEDETTE_ALERT_RETENTION_DAYS',
  stateMemoryMb: 'VEDETTE_STATE_MEMORY_MB',
  settingsFile: 'VEDETTE_SETTINGS',
  logLevel: 'VEDETTE_LOG_LEVEL',
};

/**
 * Checks options and fills in defaults.
 *
 * @throws VedetteError `VDT_CONFIG_INVALID`, naming each setting that is wrong and why;
 *   `VDT_CONFIG_EXPOSED` when the address is not loopback and no API token protects it
 */
export function parseConfig(options: CollectorOptions): CollectorConfig {
  const parsed = CollectorConfigSchema.safeParse(options);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
    throw new VedetteError('VDT_CONFIG_INVALID', `Configuration: ${reasons.join('; ')}`);
  }
  if (!isLoopback(parsed.data.host) && parsed.data.apiToken === undefined) {
    throw new VedetteError(
      'VDT_CONFIG_EXPOSED',
      `Refusing to listen on ${parsed.data.host}, which others can reach, while no API token protects the dashboard. ` +
        `Set ${CONFIG_ENV.apiToken}, or listen on 127.0.0.1.`,
    );
  }
  return parsed.data;
}

/** Options as the environment gives them; flags that are not `undefined` win. */
export function optionsFrom(
  flags: Partial<Record<keyof CollectorConfig, unknown>>,
  env: NodeJS.ProcessEnv,
): CollectorOptions {
  const options: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(CONFIG_ENV)) {
    const value = flags[name as keyof CollectorConfig] ?? (env[variable] || undefined);
    if (value !== undefined) options[name] = value;
  }
  return options;
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
