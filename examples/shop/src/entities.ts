/** What an account may do. Customers see their own things; staff roles see what their work needs. */
export type Role = 'customer' | 'support' | 'accounting' | 'admin';

export interface Address {
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
}

export interface User {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly address: Address;
}

export interface Product {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly description: string;
  readonly priceCents: number;
  readonly stock: number;
}

export interface OrderLine {
  readonly productId: number;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

export type OrderStatus = 'placed' | 'shipped' | 'delivered' | 'returned';

export interface Order {
  readonly id: number;
  readonly customerId: number;
  /** The carrier that ships it. */
  readonly partnerId: number;
  readonly placedAt: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
  readonly shipTo: Address;
}

export interface Invoice {
  readonly id: number;
  readonly orderId: number;
  readonly customerId: number;
  readonly issuedAt: string;
  readonly dueAt: string;
  readonly billTo: Address & { readonly email: string };
  readonly lines: readonly OrderLine[];
  readonly netCents: number;
  readonly vatCents: number;
  readonly totalCents: number;
}

/** A carrier with access to the partner API. */
export interface Partner {
  readonly id: number;
  readonly name: string;
}
