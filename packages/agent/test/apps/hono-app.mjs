import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import routes from './hono-routes.cjs';

routes.build(Hono, serve);
