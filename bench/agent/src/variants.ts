import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A way to run a service: bare, or with an agent. */
export interface Variant {
  readonly name: string;
  /** What `node` is started with. */
  readonly nodeArguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the receiver gets a span for each request. */
  readonly sends: boolean;
}

const AIKIDO = '@aikidosec/firewall@1.8.36';

/** @param receiverUrl where agents send to */
export function variants(receiverUrl: string): readonly Variant[] {
  const preload = (name: string): string => new URL(`./preloads/${name}.js`, import.meta.url).href;
  const agent = import.meta.resolve('@vedette/agent/register');
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: receiverUrl, OTEL_SERVICE_NAME: 'bench' };
  const ours = { VEDETTE_URL: receiverUrl, OTEL_SERVICE_NAME: 'bench' };
  return [
    { name: 'bare', nodeArguments: [], env: {}, sends: false },
    { name: 'vedette', nodeArguments: ['--import', agent], env: ours, sends: true },
    {
      name: 'vedette, gzip',
      nodeArguments: ['--import', agent],
      env: { ...ours, VEDETTE_COMPRESSION: 'gzip' },
      sends: true,
    },
    {
      name: 'vedette, otel mode',
      nodeArguments: ['--import', agent],
      env: { ...ours, VEDETTE_CAPTURE: 'otel' },
      sends: true,
    },
    { name: 'OpenTelemetry', nodeArguments: ['--import', preload('otel-plain')], env: otlp, sends: true },
    { name: 'OpenTelemetry, tuned', nodeArguments: ['--import', preload('otel-tuned')], env: otlp, sends: true },
    {
      name: 'Aikido firewall',
      nodeArguments: ['--require', aikido()],
      // Detects and does not report: it has no account here.
      env: { AIKIDO_BLOCK: 'true' },
      sends: false,
    },
  ];
}

/**
 * Installed beside the bench when first needed: it is licensed under the AGPL, so that the project does
 * not depend on it.
 */
function aikido(): string {
  const folder = fileURLToPath(new URL('../node_modules/.cache/aikido', import.meta.url));
  if (!existsSync(join(folder, 'node_modules/@aikidosec'))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--prefix', folder, AIKIDO]);
  }
  return createRequire(join(folder, 'index.js')).resolve('@aikidosec/firewall');
}
