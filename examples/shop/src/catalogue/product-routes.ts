import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../http/errors.js';
import { idParams, pageOf, pageQuery } from '../http/paging.js';
import type { ProductRepository } from './product-repository.js';

const ProductQuery = pageQuery(100).extend({
  search: z.string().max(100).optional(),
  category: z.string().max(40).optional(),
});

/** The public catalogue. */
export function registerProductRoutes(app: FastifyInstance, { products }: { products: ProductRepository }): void {
  app.get('/products', async (request) => {
    const { search, category, ...page } = ProductQuery.parse(request.query);
    return pageOf(products.find({ search, category }), page);
  });

  app.get('/products/:id', async (request) => {
    const product = products.byId(idParams.parse(request.params).id);
    if (product === undefined) throw notFound('product');
    return product;
  });
}
