// A tracer that hears of outgoing requests from Node's diagnostics channel.
const { subscribe } = require('node:diagnostics_channel');

subscribe('http.client.request.start', ({ request }) => process.stderr.write(`heard ${request.path}\n`));
