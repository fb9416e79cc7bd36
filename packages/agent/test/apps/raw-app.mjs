// A service on bare node:http, as ESM.
import { createServer } from 'node:http';
import rawHandler from './raw-handler.cjs';

createServer(rawHandler.handler).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
