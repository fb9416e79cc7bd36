// How the services of the bench talk to it. CommonJS, because the agents compared here all see such services.
const { createServer } = require('node:http');

/** Serves on a free port of loopback, then answers what the bench asks. */
exports.serve = (listener) => {
  const server = createServer(listener).listen(0, '127.0.0.1', () => exports.ready(server.address().port));
};

/** Tells the bench that the service listens. */
exports.ready = (port) => {
  process.send({ port, readyAtMs: performance.timeOrigin + performance.now() });
  process.on('message', (question) => {
    if (question === 'end') {
      process.disconnect();
      process.kill(process.pid, 'SIGTERM');
      return;
    }
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
  });
};
