import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runReplay } from './run-replay.js';

/** A file of test/real-logs; its README says where it is from. */
function replayOf(name: string) {
  return runReplay([fileURLToPath(new URL(`../../test/real-logs/${name}`, import.meta.url))], { format: 'auto' });
}

test('a scan for forgotten files is one alert, and nothing else', async () => {
  const { report, alerts } = await replayOf('apache2-http-sensitive-files.txt');
  expect(report.events).toBe(13);
  expect(report.unreadLines).toBe(0);
  expect(alerts.map(({ type, sources }) => ({ type, sources }))).toEqual([
    { type: 'path_scanning', sources: ['172.17.0.1'] },
  ]);
});

test('the log of an ingress controller, as Docker keeps it', async () => {
  const { report, alerts } = await replayOf('docker-logs.txt');
  expect(report.events).toBe(3);
  expect(report.unreadLines).toBe(0);
  expect(alerts).toEqual([]);
});
