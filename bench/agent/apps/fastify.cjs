// A JSON hello-world on Fastify.
const { ready } = require('./serve.cjs');
const app = require('fastify')();

app.get('/', async () => ({ hello: 'world' }));
app.listen({ port: 0, host: '127.0.0.1' }).then(() => ready(app.server.address().port));
