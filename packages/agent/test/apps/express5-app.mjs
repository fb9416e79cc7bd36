import express from 'express';
import routes from './express-routes.cjs';

routes.build(express);
