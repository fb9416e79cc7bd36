// An Express service that waits 2 ms for its data, with a JSON login.
const express = require('express');
const { serve } = require('./serve.cjs');

const WAIT_MS = 2;

const app = express();
app.use(express.json());
app.get('/orders/:orderId', (request, response) => {
  setTimeout(() => response.json({ id: request.params.orderId, status: 'open', items: [1, 2, 3] }), WAIT_MS);
});
app.post('/login', (request, response) => {
  setTimeout(() => {
    if (request.body.password !== 'correct') response.status(401).json({ error: 'wrong password' });
    else response.json({ token: 'a-token-that-opens-doors' });
  }, WAIT_MS);
});
serve(app);
