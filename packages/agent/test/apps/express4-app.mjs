import express from 'express4';
import routes from './express-routes.cjs';

routes.build(express);
