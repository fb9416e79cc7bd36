import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, parseSettings } from './index.js';

test('nothing need be set', () => {
  expect(parseSettings('{}', 'settings.json')).toEqual(DEFAULT_SETTINGS);
  expect(DEFAULT_SETTINGS).toEqual({
    requestsPerDay: 1_000_000,
    detectors: {},
    services: {},
    trustedSources: [],
    expectedEvents: [],
  });
});

test.each([
  [{ detector: {} }, 'settings.json: Unrecognized key: "detector"'],
  [{ detectors: { path_scaning: {} } }, 'settings.json: detectors: Unrecognized key: "path_scaning"'],
  [
    { services: { shop: { detectors: { scraping: { falseAlarmsPerDay: 0 } } } } },
    'settings.json: services.shop.detectors.scraping.falseAlarmsPerDay: ',
  ],
  [
    { trustedSources: [{ name: 'scanner', as: 'scanner', networks: ['203.0.113.0/24', 'Googlebot'] }] },
    'settings.json: trustedSources[0].networks[1]: must be an address or a network',
  ],
  [
    {
      expectedEvents: [
        { reason: 'x', from: '2026-03-02T10:00:00Z', until: '2026-03-02T09:00:00Z', types: ['rate_abuse'] },
      ],
    },
    'settings.json: expectedEvents[0].until: must be later than "from"',
  ],
])('an error names the place in the file: %j', (value, message) => {
  expect(() => parseSettings(JSON.stringify(value), 'settings.json')).toThrow(
    expect.objectContaining({ code: 'VDT_SETTINGS_INVALID', message: expect.stringContaining(message) }),
  );
});

test('a file that is not JSON is refused with its name', () => {
  expect(() => parseSettings('{', 'settings.json')).toThrow(/^settings\.json is not JSON: /);
});
