// A JSON hello-world on node:http alone.
require('./serve.cjs').serve((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"hello":"world"}');
});
