require('./koa-routes.cjs').build(require('koa'), require('@koa/router'), require('koa-mount'));
