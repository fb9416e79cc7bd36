import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from './config.js';
import { createLog } from './log.js';
import { AGENT_VERSION } from './version.js';

function read(env: Record<string, string>) {
  const lines: string[] = [];
  return {
    config: readConfig(
      env,
      createLog((line) => lines.push(line)),
    ),
    lines,
  };
}

test('defaults need nothing and say nothing', () => {
  const { config, lines } = read({});
  expect(config).toMatchObject({
    collectorUrl: 'http://127.0.0.1:4400',
    token: '',
    pseudonymKey: '',
    trustedProxies: { kind: 'none' },
    clientAddressHeader: 'x-forwarded-for',
    queueBytes: 33_554_432,
  });
  expect(lines).toEqual([]);
});

test('values are read', () => {
  const { config, lines } = read({
    VEDETTE_URL: 'https://collector.example/base/',
    VEDETTE_TOKEN: ' token ',
    VEDETTE_PSEUDONYM_KEY: 'key',
    VEDETTE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    VEDETTE_CLIENT_ADDRESS_HEADER: 'CF-Connecting-IP',
    VEDETTE_QUEUE_BYTES: '1048576',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=prod%20eu',
  });
  expect(config).toMatchObject({
    collectorUrl: 'https://collector.example/base',
    token: 'token',
    pseudonymKey: 'key',
    trustedProxies: { kind: 'ranges' },
    clientAddressHeader: 'cf-connecting-ip',
    queueBytes: 1_048_576,
    serviceName: 'shop',
  });
  expect(config.resource.get('deployment.environment.name')).toBe('prod eu');
  expect(lines).toEqual([]);
});

test.each([
  ['VEDETTE_URL', 'collector:4400', { collectorUrl: 'http://127.0.0.1:4400' }],
  ['VEDETTE_TOKEN', 'two\nlines', { token: '' }],
  ['VEDETTE_TRUSTED_PROXIES', 'everyone', { trustedProxies: { kind: 'none' } }],
  ['VEDETTE_TRUSTED_PROXIES', '99', { trustedProxies: { kind: 'none' } }],
  ['VEDETTE_CLIENT_ADDRESS_HEADER', 'a b', { clientAddressHeader: 'x-forwarded-for' }],
  ['VEDETTE_QUEUE_BYTES', '-1', { queueBytes: 33_554_432 }],
  ['OTEL_RESOURCE_ATTRIBUTES', 'nonsense', {}],
])('%s=%j falls back with one warning that names it', (name, value, expected) => {
  const { config, lines } = read({ [name]: value });
  expect(config).toMatchObject(expected);
  expect(lines).toEqual([expect.stringContaining(name)]);
});

test('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(AGENT_VERSION).toBe(version);
});
