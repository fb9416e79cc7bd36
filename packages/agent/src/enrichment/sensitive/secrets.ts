/** A signed JSON Web Token in compact form (RFC 7519). */
const JWT = /eyJ[\w-]{8,2000}\.eyJ[\w-]{8,6000}\.[\w-]{16,2000}/y;

/**
 * Keys whose makers gave them a shape of their own, by their first character: AWS, GitHub, GitLab, Google, npm, SendGrid,
 * Slack, Stripe, and private keys in PEM (RFC 7468).
 */
const SHAPES = new Map<string, RegExp>([
  ['A', /(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{35})(?![\w-])/y],
  ['B', /BEGIN (?:[A-Z]{1,16} ){0,2}PRIVATE KEY-----/y],
  ['S', /SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/y],
  ['g', /(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,244}|glpat-[\w-]{20})(?![\w-])/y],
  ['n', /npm_[A-Za-z0-9]{36}(?![\w-])/y],
  ['r', /rk_(?:live|test)_[A-Za-z0-9]{16,247}(?![\w-])/y],
  ['s', /sk_(?:live|test)_[A-Za-z0-9]{16,247}(?![\w-])/y],
  ['x', /xox[abeprs]-[A-Za-z0-9-]{10,250}(?![\w-])/y],
]);

/** @returns the end of the token that begins at `start`, or -1 */
export function jwtEnd(text: string, start: number): number {
  JWT.lastIndex = start;
  return JWT.test(text) ? JWT.lastIndex : -1;
}

/** @returns the end of the key that begins at `start`, or -1 */
export function secretEnd(text: string, start: number): number {
  const shape = SHAPES.get(text.charAt(start));
  if (shape === undefined) return -1;
  shape.lastIndex = start;
  return shape.test(text) ? shape.lastIndex : -1;
}
