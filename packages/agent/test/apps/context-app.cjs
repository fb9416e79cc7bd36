// A service that keeps something for each request, and says in whose context connections to others are opened.
const { AsyncLocalStorage } = require('node:async_hooks');
const { subscribe } = require('node:diagnostics_channel');
const { createServer } = require('node:http');

const requests = new AsyncLocalStorage();
subscribe('net.client.socket', () => process.stderr.write(`connects for ${requests.getStore()}\n`));
createServer((request, response) => {
  requests.run(request.url, () => setImmediate(() => response.end('hello')));
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
