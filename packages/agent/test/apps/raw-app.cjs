// A service on bare node:http, as CommonJS; raw-app.mjs is the same as ESM.
const { createServer } = require('node:http');
const { handler } = require('./raw-handler.cjs');
createServer(handler).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
