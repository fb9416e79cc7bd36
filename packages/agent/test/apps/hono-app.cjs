require('./hono-routes.cjs').build(require('hono').Hono, require('@hono/node-server').serve);
