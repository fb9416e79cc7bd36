const FIRST_ORDER_ID = 104_000;

export function orderId(object: number): string {
  return String(FIRST_ORDER_ID + object);
}
