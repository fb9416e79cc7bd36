import fastify from 'fastify';
import routes from './fastify-routes.cjs';

routes.build(fastify);
