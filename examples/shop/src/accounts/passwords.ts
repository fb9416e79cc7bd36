import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const SALT_BYTES = 16;

/**
 * Hashes passwords with scrypt (RFC 7914). `costLog2` is log2 of its N; with r = 8 the default of 12 takes about 10 ms
 * and 4 MiB. OWASP's cheat sheet asks for 17: use that where logins are rare enough to afford it.
 */
export class PasswordHasher {
  readonly #costLog2: number;
  readonly #dummy: Promise<string>;

  constructor(options: { costLog2?: number } = {}) {
    this.#costLog2 = options.costLog2 ?? 12;
    this.#dummy = this.hash(randomBytes(SALT_BYTES).toString('hex'));
  }

  /** `scrypt$log2(N)$salt$key`, the last two in base64. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await derive(password, salt, this.#costLog2);
    return `scrypt$${this.#costLog2}$${salt.toString('base64')}$${key.toString('base64')}`;
  }

  async verify(password: string, stored: string): Promise<boolean> {
    const [, costLog2, salt = '', expected = ''] = stored.split('$');
    const key = await derive(password, Buffer.from(salt, 'base64'), Number(costLog2));
    const expectedKey = Buffer.from(expected, 'base64');
    return expectedKey.length === key.length && timingSafeEqual(key, expectedKey);
  }

  /** Takes as long as {@link verify}, so that an unknown e-mail cannot be told from a wrong password by the clock. */
  async verifyNothing(password: string): Promise<void> {
    await this.verify(password, await this.#dummy);
  }
}

function derive(password: string, salt: Buffer, costLog2: number): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** costLog2, r: 8, p: 1, maxmem: 2 ** costLog2 * 2048 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
