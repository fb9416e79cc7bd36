// Fastify over HTTP/2.
import fastify from 'fastify';

const app = fastify({ http2: true });
app.get('/orders/:orderId', async (request) => ({ id: request.params.orderId }));
app.listen({ port: 0, host: '127.0.0.1' }).then(() => process.stdout.write(`${app.server.address().port}\n`));
