// A process that opens storage on a server and closes it again. Plain JavaScript over the built package, as Node 20 runs
// no TypeScript.
import { openStorage } from '../dist/index.js';

const storage = await openStorage({ kind: 'server', url: process.argv[2] });
await storage.ping();
await storage.close();
