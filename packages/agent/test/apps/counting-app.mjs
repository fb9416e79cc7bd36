// Ends like libraries that count listeners (signal-exit): raises the signal again only if nobody else listens.
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('ok'));
function onSignal() {
  if (process.listenerCount('SIGTERM') > 1) return;
  process.removeListener('SIGTERM', onSignal);
  process.kill(process.pid, 'SIGTERM');
}
process.on('SIGTERM', onSignal);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
