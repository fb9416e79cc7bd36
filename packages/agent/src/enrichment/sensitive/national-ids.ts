/** How far before a number its name is looked for, characters. */
const CONTEXT = 40;

const CPF_NAME = /cpf/;
const PESEL_NAME = /pesel/;
const BSN_NAME = /bsn|burgerservice|sofi/;
const SSN_NAME = /ssn|social.?sec/;
const DNI_NAME = /dni|nif|nie|documento|identidad/;

/** Digits of a candidate with how they were written. */
export interface Candidate {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly digits: Uint8Array;
  readonly count: number;
}

/**
 * Whether digits are the number of a person: checked by its check digits, and where these leave many chance hits, by the
 * name that stands before it.
 *
 * Brazil's CPF (in its own form, or by name), France's NIR, and by name Poland's PESEL, the Netherlands' BSN, the United
 * States' SSN, which has no check digit, and Spain's DNI.
 */
export function isNationalNumber(candidate: Candidate): boolean {
  switch (candidate.count) {
    case 8:
      return isDni(candidate) && isNamed(candidate, DNI_NAME);
    case 9:
      return (
        (isBsn(candidate.digits) && isNamed(candidate, BSN_NAME)) || (isSsn(candidate) && isNamed(candidate, SSN_NAME))
      );
    case 11:
      return (
        (isCpf(candidate.digits) && (isWritten(candidate, CPF_FORM) || isNamed(candidate, CPF_NAME))) ||
        (isPesel(candidate.digits) && isNamed(candidate, PESEL_NAME))
      );
    case 15:
      return isNir(candidate.digits);
    default:
      return false;
  }
}

const CPF_FORM = /^\d{3}\.\d{3}\.\d{3}-\d{2}$/;
const SSN_FORM = /^(?:\d{9}|\d{3}-\d{2}-\d{4})$/;

function isNamed({ text, start }: Candidate, name: RegExp): boolean {
  return name.test(text.slice(Math.max(0, start - CONTEXT), start).toLowerCase());
}

function isWritten({ text, start, end }: Candidate, form: RegExp): boolean {
  return form.test(text.slice(start, end));
}

/** Receita Federal: two digits, each eleven less a weighted sum modulo eleven. */
function isCpf(digits: Uint8Array): boolean {
  return varies(digits, 11) && cpfDigit(digits, 9) === digits[9] && cpfDigit(digits, 10) === digits[10];
}

function cpfDigit(digits: Uint8Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (digits[i] as number) * (count + 1 - i);
  return ((sum * 10) % 11) % 10;
}

const PESEL_WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];

/** A date of birth, whose month says the century, and a check digit. */
function isPesel(digits: Uint8Array): boolean {
  const month = (pair(digits, 2) - 1) % 20;
  const day = pair(digits, 4);
  return pair(digits, 2) > 0 && month < 12 && day >= 1 && day <= 31 && weighted(digits, PESEL_WEIGHTS) % 10 === 0;
}

const BSN_WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

function isBsn(digits: Uint8Array): boolean {
  return varies(digits, 9) && weighted(digits, BSN_WEIGHTS) % 11 === 0;
}

/** Areas 000, 666 and 900 to 999, group 00 and serial 0000 were never given out. */
function isSsn(candidate: Candidate): boolean {
  const { digits } = candidate;
  const area = (digits[0] as number) * 100 + pair(digits, 1);
  if (area === 0 || area === 666 || area >= 900) return false;
  return pair(digits, 3) > 0 && pair(digits, 5) + pair(digits, 7) > 0 && isWritten(candidate, SSN_FORM);
}

/** Sex, year, month, département, municipality, order; and 97 less the remainder of all that by 97. */
function isNir(digits: Uint8Array): boolean {
  const month = pair(digits, 3);
  if (digits[0] !== 1 && digits[0] !== 2) return false;
  if (month < 1 || month > 12) return false;
  let number = 0;
  for (let i = 0; i < 13; i++) number = number * 10 + (digits[i] as number);
  return 97 - (number % 97) === pair(digits, 13);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Eight digits and the letter that stands for their remainder by 23. */
function isDni({ text, start, end }: Candidate): boolean {
  return end - start === 8 && isDniLetter(Number(text.slice(start, end)), text, end);
}

function isDniLetter(number: number, text: string, at: number): boolean {
  return text[at] === DNI_LETTERS[number % 23] && !/[A-Za-z0-9]/.test(text[at + 1] ?? '');
}

const NIE = /[XYZ]\d{7}[A-Z]/y;
const CODICE_FISCALE =
  /[A-Z]{6}[\dLMNPQRSTUV]{2}[ABCDEHLMPRST][\dLMNPQRSTUV]{2}[A-Z][\dLMNPQRSTUV]{3}[A-Z](?![A-Za-z0-9])/y;
/** Values of the characters at odd places, `0` to `9` as `A` to `J` (Decreto Ministeriale 23.12.1976). */
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/**
 * The end of a number of a person that begins with a capital at `start`: Italy's codice fiscale, Spain's NIE by name.
 *
 * @returns -1 where there is none
 */
export function nationalCodeEnd(text: string, start: number): number {
  NIE.lastIndex = start;
  if (NIE.test(text)) {
    const number = Number(`${'XYZ'.indexOf(text.charAt(start))}${text.slice(start + 1, start + 8)}`);
    const named = DNI_NAME.test(text.slice(Math.max(0, start - CONTEXT), start).toLowerCase());
    return named && isDniLetter(number, text, start + 8) ? start + 9 : -1;
  }
  CODICE_FISCALE.lastIndex = start;
  if (!CODICE_FISCALE.test(text)) return -1;
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = text.charCodeAt(start + i);
    const value = code <= 0x39 ? code - 0x30 : code - 0x41;
    sum += i % 2 === 0 ? (ODD_VALUES[value] as number) : value;
  }
  return text.charCodeAt(start + 15) === 0x41 + (sum % 26) ? start + 16 : -1;
}

function pair(digits: Uint8Array, at: number): number {
  return (digits[at] as number) * 10 + (digits[at + 1] as number);
}

function weighted(digits: Uint8Array, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (digits[i] as number) * (weights[i] as number);
  return sum;
}

function varies(digits: Uint8Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (digits[i] !== digits[0]) return true;
  return false;
}
