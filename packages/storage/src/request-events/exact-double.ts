/**
 * Doubles as query parameters. ClickHouse reads the decimal text of a parameter a last bit off at times, which a
 * comparison with a stored double would notice; so the bits travel as an integer.
 */
export function doubleBits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString();
}

/** SQL of the double whose bits are the parameter `name`. */
export function doubleParam(name: string): string {
  return `reinterpretAsFloat64({${name}:UInt64})`;
}
