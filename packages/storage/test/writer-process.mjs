// A process that opens a data directory and stores batches of ten until it is killed, telling what was acknowledged:
// `open`, then the number of events so far, a line each. Plain JavaScript over the built package, as Node 20 runs no
// TypeScript.
import { openStorage } from '../dist/index.js';

const [dataDir, eventJson] = process.argv.slice(2);
const event = JSON.parse(eventJson);
const storage = await openStorage({ kind: 'embedded', dataDir }, { retention: { requestEventsDays: null } });
process.stdout.write('open\n');
for (let stored = 0; ; ) {
  const batch = Array.from({ length: 10 }, () => ({ ...event, spanId: (++stored).toString(16).padStart(16, '0') }));
  await storage.requestEvents.append(batch);
  process.stdout.write(`${stored}\n`);
}
