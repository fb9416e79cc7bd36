import Router from '@koa/router';
import Koa from 'koa';
import mount from 'koa-mount';
import routes from './koa-routes.cjs';

routes.build(Koa, Router, mount);
