/**
 * Whether digits are the number of a payment card: a length and a beginning that an issuer has (ISO/IEC 7812: Visa,
 * Mastercard, American Express, Discover, Diners Club, JCB, UnionPay), and the check digit of Luhn.
 *
 * Visa's 13 and 19 digits are left out: they are all but unused, and ids of that length are common.
 */
export function isCard(digits: Uint8Array, count: number): boolean {
  return hasIssuer(digits, count) && passesLuhn(digits, count);
}

function hasIssuer(digits: Uint8Array, count: number): boolean {
  const two = number(digits, 2);
  const four = number(digits, 4);
  switch (count) {
    case 14:
      return (four >= 3000 && four <= 3059) || two === 36 || two === 38 || two === 39;
    case 15:
      return two === 34 || two === 37;
    case 16:
      return (
        digits[0] === 4 ||
        (two >= 51 && two <= 55) ||
        (four >= 2221 && four <= 2720) ||
        four === 6011 ||
        (four >= 6440 && four <= 6599) ||
        (four >= 3528 && four <= 3589) ||
        two === 62
      );
    default:
      return false;
  }
}

/** ISO/IEC 7812-1, annex B. Not of one digit only, which passes as zeros do. */
export function passesLuhn(digits: Uint8Array, count: number): boolean {
  let sum = 0;
  let varies = false;
  for (let i = 0; i < count; i++) {
    const digit = digits[count - 1 - i] as number;
    varies ||= digit !== digits[0];
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return varies && sum % 10 === 0;
}

function number(digits: Uint8Array, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 10 + (digits[i] as number);
  return value;
}
