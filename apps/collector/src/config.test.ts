import { expect, test } from 'vitest';
import { optionsFrom, parseConfig } from './config.js';

test('flags win over the environment, the environment over defaults', () => {
  const env = { VEDETTE_PORT: '5000', VEDETTE_DATA: '/somewhere', VEDETTE_WEBHOOK: '' };
  const config = parseConfig(optionsFrom({ port: '6000', dataDir: undefined }, env));
  expect(config).toMatchObject({ port: 6000, dataDir: '/somewhere', host: '127.0.0.1' });
  expect(config.webhookUrl).toBeUndefined();
});

test('names every setting that is wrong', () => {
  const options = { port: 'x', webhookUrl: 'ftp://a', surprise: 1 } as never;
  expect(() => parseConfig(options)).toThrow(/port.*webhookUrl.*surprise/s);
});

test('an address that others can reach needs an API token', () => {
  expect(() => parseConfig({ host: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'VDT_CONFIG_EXPOSED' }));
  expect(parseConfig({ host: '0.0.0.0', apiToken: 'a'.repeat(16) }).host).toBe('0.0.0.0');
  expect(parseConfig({ host: '127.0.0.2' }).host).toBe('127.0.0.2');
});
