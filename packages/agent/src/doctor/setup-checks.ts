import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AgentConfig } from '../config.js';
import { Spool } from '../export/spool.js';
import { type Check, fail, info, ok, warn } from './check.js';

/** Oldest Node that the agent supports. */
const OLDEST_NODE = [20, 19] as const;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok('node', `Node ${version}`);
  return fail('node', `Node ${version} is too old`, `run the service on Node ${OLDEST_NODE.join('.')} or later`);
}

const PRELOAD = '@vedette/agent/register';

/** Whether the agent is loaded before the service: by `NODE_OPTIONS`, or by a script of package.json. */
export function checkPreload(env: NodeJS.ProcessEnv, folder: string): Check {
  if (env.NODE_OPTIONS?.includes(PRELOAD)) return ok('preload', 'loaded by NODE_OPTIONS');
  const scripts = Object.entries(readPackage(folder)?.scripts ?? {});
  const [name] = scripts.find(([, command]) => String(command).includes(PRELOAD)) ?? [];
  if (name !== undefined) return ok('preload', `loaded by the script "${name}" of package.json`);
  return warn(
    'preload',
    'neither NODE_OPTIONS nor a script of package.json loads the agent',
    `start the service with node --import ${PRELOAD} app.js, or set NODE_OPTIONS="--import ${PRELOAD}"`,
  );
}

/** Variables by which platforms that put a proxy before every service give themselves away. */
const PLATFORMS: Readonly<Record<string, string>> = {
  KUBERNETES_SERVICE_HOST: 'Kubernetes',
  DYNO: 'Heroku',
  FLY_APP_NAME: 'Fly.io',
  RENDER: 'Render',
  RAILWAY_ENVIRONMENT: 'Railway',
  K_SERVICE: 'Cloud Run',
  ECS_CONTAINER_METADATA_URI_V4: 'Amazon ECS',
  WEBSITE_INSTANCE_ID: 'Azure App Service',
};

export function checkProxies(config: AgentConfig, env: NodeJS.ProcessEnv): Check {
  const { trustedProxies, clientAddressHeader } = config;
  if (trustedProxies.kind === 'hops') {
    return ok('proxies', `the last ${trustedProxies.hops} hops of ${clientAddressHeader} are believed`);
  }
  if (trustedProxies.kind === 'ranges') {
    return ok('proxies', `${clientAddressHeader} is believed from ${env.VEDETTE_TRUSTED_PROXIES}`);
  }
  const advice =
    'behind a load balancer or CDN set VEDETTE_TRUSTED_PROXIES to its address ranges or to the number of proxies (1), else all requests seem to come from it';
  const platform = Object.entries(PLATFORMS).find(([name]) => env[name] !== undefined)?.[1];
  if (platform !== undefined) {
    return warn('proxies', `on ${platform}, requests mostly come through a proxy, and none is trusted`, advice);
  }
  return info('proxies', 'no proxy is trusted: the client is whoever holds the connection', advice);
}

/** Packages that trace as well, and what it is called. */
const TRACERS: Readonly<Record<string, string>> = {
  '@opentelemetry/sdk-node': 'OpenTelemetry',
  '@opentelemetry/auto-instrumentations-node': 'OpenTelemetry',
  'dd-trace': 'Datadog',
  '@sentry/node': 'Sentry',
};

export function checkTracers(config: AgentConfig, env: NodeJS.ProcessEnv, folder: string): Check {
  const { dependencies = {} } = readPackage(folder) ?? {};
  const present = new Set<string>();
  for (const [name, brand] of Object.entries(TRACERS)) {
    if (name in dependencies || env.NODE_OPTIONS?.includes(name)) present.add(brand);
  }
  if (config.capture === 'otel') {
    const require = createRequire(join(folder, 'package.json'));
    for (const name of ['@opentelemetry/sdk-node', '@opentelemetry/instrumentation-http']) {
      try {
        require.resolve(name);
      } catch {
        return warn('tracers', `VEDETTE_CAPTURE=otel, and ${name} is not installed`, `npm install ${name}`);
      }
    }
    return ok('tracers', 'otel mode, with the SDK installed');
  }
  if (present.size === 0) return ok('tracers', 'no other tracer');
  return info('tracers', `${[...present].join(' and ')} beside the agent; neither sees the other's spans`);
}

export function checkSpool(config: AgentConfig): Check {
  if (config.spoolFolder === '') {
    return info(
      'spool',
      'off: what waits is lost when the process is killed',
      'set VEDETTE_SPOOL to a folder to keep it',
    );
  }
  try {
    new Spool({ folder: config.spoolFolder, serviceName: config.serviceName, maxBytes: config.spoolBytes });
    return ok('spool', `${config.spoolFolder} can be written, by its owner alone`);
  } catch (error) {
    return fail(
      'spool',
      error instanceof Error ? error.message : String(error),
      'give the folder to the user that the service runs as',
    );
  }
}

interface PackageFile {
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
}

function readPackage(folder: string): PackageFile | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
