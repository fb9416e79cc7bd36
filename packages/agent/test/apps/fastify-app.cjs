require('./fastify-routes.cjs').build(require('fastify'));
