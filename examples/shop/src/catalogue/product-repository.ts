import type { Product } from '../entities.js';

export interface ProductSearch {
  readonly search?: string | undefined;
  readonly category?: string | undefined;
}

export class ProductRepository {
  readonly #products: ReadonlyMap<number, Product>;

  constructor(products: readonly Product[]) {
    this.#products = new Map(products.map((product) => [product.id, product]));
  }

  byId(id: number): Product | undefined {
    return this.#products.get(id);
  }

  /** Products whose name contains every word of `search`. */
  find({ search = '', category }: ProductSearch): Product[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.#products.values()].filter((product) => {
      const name = product.name.toLowerCase();
      return (category === undefined || product.category === category) && words.every((word) => name.includes(word));
    });
  }
}
