/** A service of the matrix. */
export interface Subject {
  readonly title: string;
  /** Package whose version is shown; `''` for Node itself. */
  readonly package: string;
  /** Entries in the matrix's folder without their ending, or the command-line program that starts it. */
  readonly app: string;
  /** Route templates by path; `''` where none is known. */
  readonly routes: Readonly<Record<string, string>>;
  /** Path that takes logins. */
  readonly login: string;
  readonly http2?: boolean;
  /** Started by a program of its own rather than by entries in CommonJS, ES modules and TypeScript. */
  readonly program?: { readonly folder: string; readonly args: readonly string[]; readonly listening: RegExp };
}

const ROUTES = {
  '/orders': '/orders',
  '/orders/7': '/orders/:orderId',
  '/users/5/orders/7': '/users/:userId/orders/:orderId',
};
const NEST_ROUTES = { '/api/v1/orders/7': '/api/v1/orders/:orderId', '/api/reports/3': '/api/reports/:reportId' };
const NEXT_ROUTES = { '/api/orders/7': '/api/orders/[orderId]', '/api/items/7': '/api/items/[itemId]', '/': '/' };
const NO_ROUTES = { '/list': '', '/stream': '' };

export const SUBJECTS: readonly Subject[] = [
  { title: '`node:http`', package: '', app: 'raw-app', routes: NO_ROUTES, login: '/login' },
  { title: '`node:http` in a cluster', package: '', app: 'cluster-app', routes: NO_ROUTES, login: '/login' },
  { title: '`node:http2`', package: '', app: 'http2-app', routes: NO_ROUTES, login: '/login', http2: true },
  { title: 'Express 4', package: 'express4', app: 'express4-app', routes: ROUTES, login: '/login' },
  { title: 'Express 5', package: 'express', app: 'express5-app', routes: ROUTES, login: '/login' },
  { title: 'Fastify 4', package: 'fastify4', app: 'fastify4-app', routes: ROUTES, login: '/login' },
  { title: 'Fastify 5', package: 'fastify', app: 'fastify-app', routes: ROUTES, login: '/login' },
  { title: 'Koa, `@koa/router`', package: 'koa', app: 'koa-app', routes: ROUTES, login: '/login' },
  { title: 'Koa, `koa-router`', package: 'koa-router', app: 'koa-router-app', routes: ROUTES, login: '/login' },
  { title: 'Hono', package: 'hono', app: 'hono-app', routes: ROUTES, login: '/login' },
  {
    title: 'NestJS on Express',
    package: '@nestjs/core',
    app: 'nest-express-app',
    routes: NEST_ROUTES,
    login: '/api/login',
  },
  {
    title: 'NestJS on Fastify',
    package: '@nestjs/core',
    app: 'nest-fastify-app',
    routes: NEST_ROUTES,
    login: '/api/login',
  },
  {
    title: 'Next.js, `next start`',
    package: 'next',
    app: 'node_modules/next/dist/bin/next',
    routes: NEXT_ROUTES,
    login: '/api/login',
    program: {
      folder: 'next',
      args: ['start', '-H', '127.0.0.1', '-p', '0'],
      listening: /http:\/\/127\.0\.0\.1:(\d+)[\s\S]*Ready in/,
    },
  },
];

/** What the matrix's folder holds; versions that ran are shown with the table. */
export const PACKAGES: readonly string[] = [
  'express@5',
  'express4@npm:express@4',
  'fastify@5',
  'fastify4@npm:fastify@4',
  'koa@3',
  '@koa/router@15',
  'koa-router@14',
  'koa-mount@4',
  'hono@4',
  '@hono/node-server@2',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'reflect-metadata',
  'rxjs',
  'tsx@4',
];
export const NEXT_PACKAGES: readonly string[] = ['next@15', 'react@19', 'react-dom@19'];

/** Versions of Node, as packages of `node-<platform>-<architecture>`. */
export const NODES: readonly string[] = ['20.19', '22', '24'];
