import { expect, test } from 'vitest';
import { startNode, VEDETTE } from './support/process.js';

test('the demo sees its three attacks, accuses nobody else, loses nothing, and ends by itself', async () => {
  const demo = startNode([VEDETTE, 'demo', '--seconds', '60', '--port', '0']);
  await demo.says(/Dashboard: http:\/\/127\.0\.0\.1:\d+\/#token=/);
  const code = await demo.exit();
  const output = demo.output();
  expect(code, output).toBe(0);
  const summary = output.slice(output.indexOf('Alerts raised:'));
  for (const type of ['credential_stuffing', 'object_enumeration', 'data_exfiltration']) {
    expect(summary).toMatch(new RegExp(`${type} +score \\d+  \\S`));
  }
  expect(output).not.toMatch(/UNSEEN|false alarm/);
  const [, sent, stored] = output.match(/Requests sent ([\d,]+), spans stored ([\d,]+)/)!;
  expect(stored).toBe(sent);
});
