import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ApiRules } from './api-rules.js';
import {
  type AddressRange,
  type HeaderForm,
  parseAddressRange,
  type TrustedProxies,
} from './enrichment/client-address.js';
import type { Log } from './log.js';
import { readRules } from './read-rules.js';
import { findPackage } from './service-name.js';

/** How requests are seen: see docs of the package for what each costs. */
export type CaptureMode = 'channel' | 'otel';

/** Everything the agent is told from outside. */
export interface AgentConfig {
  /** Address of the collector, without a trailing slash. */
  readonly collectorUrl: string;
  /** Ingest token, or `''`. */
  readonly token: string;
  /** `''` where the collector issues the key. */
  readonly pseudonymKey: string;
  readonly capture: CaptureMode;
  /** Whether what is sent is compressed. */
  readonly compress: boolean;
  readonly trustedProxies: TrustedProxies;
  /** Lower-case name of the header in which trusted proxies give the client's address. */
  readonly clientAddressHeader: string;
  /** Bound on what waits to be sent, bytes. */
  readonly queueBytes: number;
  /** Folder of the spool, `''` for none. */
  readonly spoolFolder: string;
  /** Bound on the files of the spool, bytes. */
  readonly spoolBytes: number;
  /** What the owner says of an odd API. */
  readonly rules: ApiRules;
  readonly serviceName: string;
  /** Resource attributes of every span. */
  readonly resource: ReadonlyMap<string, string>;
}

const DEFAULT_URL = 'http://127.0.0.1:4400';
const DEFAULT_QUEUE_BYTES = 32 * 1024 * 1024;
const MIN_QUEUE_BYTES = 64 * 1024;
const MAX_QUEUE_BYTES = 1024 * 1024 * 1024;
const DEFAULT_SPOOL_BYTES = 256 * 1024 * 1024;
const MIN_SPOOL_BYTES = 1024 * 1024;
const MAX_SPOOL_BYTES = 64 * 1024 * 1024 * 1024;
const MAX_HOPS = 32;

/** The name that OpenTelemetry gives to a service that has none. */
const UNKNOWN_SERVICE = 'unknown_service:node';

/** Reads the environment; a value that makes no sense is replaced by its default, with one warning that says so. */
export function readConfig(env: NodeJS.ProcessEnv, log: Log): AgentConfig {
  const resource = readResource(env, log);
  const collectorUrl = readUrl(env.VEDETTE_URL, log);
  const clientAddressHeader = readHeaderName(env.VEDETTE_CLIENT_ADDRESS_HEADER, log);
  return {
    collectorUrl,
    token: readToken(env.VEDETTE_TOKEN, log),
    pseudonymKey: env.VEDETTE_PSEUDONYM_KEY ?? '',
    capture: readCapture(env.VEDETTE_CAPTURE, log),
    compress: readCompression(env.VEDETTE_COMPRESSION, collectorUrl, log),
    trustedProxies: readTrustedProxies(env.VEDETTE_TRUSTED_PROXIES, formOf(clientAddressHeader), log),
    clientAddressHeader,
    queueBytes: readBytes(env, log, {
      variable: 'VEDETTE_QUEUE_BYTES',
      code: 'VDT_AGENT_QUEUE_BYTES',
      usual: DEFAULT_QUEUE_BYTES,
      least: MIN_QUEUE_BYTES,
      most: MAX_QUEUE_BYTES,
    }),
    spoolFolder: env.VEDETTE_SPOOL?.trim() ?? '',
    spoolBytes: readBytes(env, log, {
      variable: 'VEDETTE_SPOOL_BYTES',
      code: 'VDT_AGENT_SPOOL_BYTES',
      usual: DEFAULT_SPOOL_BYTES,
      least: MIN_SPOOL_BYTES,
      most: MAX_SPOOL_BYTES,
    }),
    rules: readRules(env.VEDETTE_CONFIG, log),
    serviceName: resource.get('service.name') ?? UNKNOWN_SERVICE,
    resource,
  };
}

function readUrl(value: string | undefined, log: Log): string {
  if (!value) return DEFAULT_URL;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    log.warnOnce('VDT_AGENT_URL', `VEDETTE_URL is not an http(s) URL; using ${DEFAULT_URL}`);
    return DEFAULT_URL;
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function readToken(value: string | undefined, log: Log): string {
  const token = value?.trim() ?? '';
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  log.warnOnce('VDT_AGENT_TOKEN', 'VEDETTE_TOKEN has characters that no token has; sending without it');
  return '';
}

function readCapture(value: string | undefined, log: Log): CaptureMode {
  const mode = value?.trim().toLowerCase() ?? '';
  if (mode === '' || mode === 'channel') return 'channel';
  if (mode === 'otel') return 'otel';
  log.warnOnce('VDT_AGENT_CAPTURE', 'VEDETTE_CAPTURE is neither channel nor otel; using channel');
  return 'channel';
}

/**
 * Compression costs about one microsecond a span and makes it ten times smaller (gzip level 1, measured on spans of
 * 460 bytes): worth it on a network, wasted within one machine.
 */
function readCompression(value: string | undefined, collectorUrl: string, log: Log): boolean {
  const compression = value?.trim().toLowerCase() ?? '';
  if (compression === 'gzip') return true;
  if (compression === 'none') return false;
  if (compression !== '' && compression !== 'auto') {
    log.warnOnce('VDT_AGENT_COMPRESSION', 'VEDETTE_COMPRESSION is none of auto, gzip and none; using auto');
  }
  return !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(collectorUrl).hostname);
}

function readHeaderName(value: string | undefined, log: Log): string {
  const name = value?.trim().toLowerCase();
  if (!name) return 'x-forwarded-for';
  if (/^[a-z0-9-]{1,64}$/.test(name)) return name;
  log.warnOnce('VDT_AGENT_HEADER', 'VEDETTE_CLIENT_ADDRESS_HEADER is not a header name; using x-forwarded-for');
  return 'x-forwarded-for';
}

/** A size in the environment: its variable and the code of its warning, what it is unless given, and its bounds, bytes. */
interface ByteSetting {
  readonly variable: string;
  readonly code: string;
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

function readBytes(env: NodeJS.ProcessEnv, log: Log, { variable, code, usual, least, most }: ByteSetting): number {
  const value = env[variable];
  if (!value) return usual;
  const bytes = Number(value);
  if (Number.isInteger(bytes) && bytes >= least && bytes <= most) return bytes;
  log.warnOnce(code, `${variable} must be a whole number of bytes from ${least} to ${most}; using ${usual}`);
  return usual;
}

function formOf(headerName: string): HeaderForm {
  return headerName === 'cloudfront-viewer-address' ? 'with-port' : 'usual';
}

/** A hop count, or comma-separated addresses, CIDR ranges and the words `loopback` and `private`. */
function readTrustedProxies(value: string | undefined, form: HeaderForm, log: Log): TrustedProxies {
  const text = value?.trim();
  if (!text) return { kind: 'none' };
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    if (hops <= MAX_HOPS) return hops === 0 ? { kind: 'none' } : { kind: 'hops', hops, form };
    log.warnOnce('VDT_AGENT_PROXIES', `VEDETTE_TRUSTED_PROXIES counts at most ${MAX_HOPS} hops; trusting none`);
    return { kind: 'none' };
  }
  const ranges: AddressRange[] = [];
  for (const part of text.split(',')) {
    const parsed = parseAddressRange(part.trim());
    if (parsed.length > 0) ranges.push(...parsed);
    else if (part.trim() !== '') {
      log.warnOnce(
        'VDT_AGENT_PROXIES',
        'VEDETTE_TRUSTED_PROXIES takes a hop count, or addresses and CIDR ranges such as 10.0.0.0/8; ignoring what is neither',
      );
    }
  }
  return ranges.length > 0 ? { kind: 'ranges', ranges, form } : { kind: 'none' };
}

function readResource(env: NodeJS.ProcessEnv, log: Log): ReadonlyMap<string, string> {
  const pack = findPackage(process.argv[1], process.cwd());
  const resource = new Map<string, string>();
  if (pack) {
    resource.set('service.name', pack.name);
    if (pack.version) resource.set('service.version', pack.version);
  } else {
    resource.set('service.name', UNKNOWN_SERVICE);
  }
  resource.set('service.instance.id', randomUUID());
  resource.set('host.name', hostname());
  resource.set('process.pid', String(process.pid));
  resource.set('process.runtime.name', 'nodejs');
  resource.set('process.runtime.version', process.versions.node);
  resource.set('telemetry.sdk.name', 'opentelemetry');
  resource.set('telemetry.sdk.language', 'nodejs');
  for (const [name, value] of readResourceAttributes(env.OTEL_RESOURCE_ATTRIBUTES, log)) resource.set(name, value);
  if (env.OTEL_SERVICE_NAME) resource.set('service.name', env.OTEL_SERVICE_NAME);
  return resource;
}

/** `key=value` pairs, comma-separated, values percent-encoded (OpenTelemetry specification, resource SDK). */
function readResourceAttributes(text: string | undefined, log: Log): [string, string][] {
  if (!text) return [];
  const pairs: [string, string][] = [];
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 1) {
      if (part.trim() !== '') {
        log.warnOnce('VDT_AGENT_RESOURCE', 'OTEL_RESOURCE_ATTRIBUTES takes key=value pairs; ignoring what is not one');
      }
      continue;
    }
    const value = part.slice(equals + 1).trim();
    try {
      pairs.push([part.slice(0, equals).trim(), decodeURIComponent(value)]);
    } catch {
      pairs.push([part.slice(0, equals).trim(), value]);
    }
  }
  return pairs;
}
