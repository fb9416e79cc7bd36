import { DAY, HOUR } from '../../core/time.js';
import { Service } from '../service.js';
import type { Account, Read, SensitiveAction, Visitor } from '../visitor.js';

/** How people get in: JSON login, one-time codes, coupons. */
export abstract class ShopAccounts extends Service {
  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const isUp = !rng.chance(this.loginOutageShare);
    const succeeds = passwordIsRight && isUp && account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/login',
      '/api/login',
      succeeds ? 200 : isUp ? 401 : rng.chance(0.5) ? 401 : 503,
      account.user === null ? 9 : 85,
      succeeds ? 280 : 74,
    );
    exchange.requestBytes = 58 + (account.pseudonym.charCodeAt(3) % 16) + (passwordIsRight ? 4 : guess);
    this.#markAuth(visitor, exchange, 'login', account, succeeds);
    if (succeeds) this.openSession(visitor, account.user!, rng.chance(0.5) ? 14 * DAY : 6 * HOUR);
    return succeeds;
  }

  #markAuth(
    visitor: Visitor,
    exchange: ReturnType<Service['send']>,
    event: 'login' | 'signup' | 'reset' | 'otp',
    account: Account,
    succeeds: boolean,
  ): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
    if (visitor.user === null && event !== 'otp') exchange.actor = '';
  }

  requestReset(visitor: Visitor, account: Account): void {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/password-reset',
      '/api/password-reset',
      exists ? 202 : 404,
      exists ? 40 : 8,
      exists ? 30 : 52,
    );
    exchange.requestBytes = 44;
    this.#markAuth(visitor, exchange, 'reset', account, exists);
  }

  completeReset(visitor: Visitor, account: Account): void {
    const token = this.rng.hex(16);
    const exchange = this.send(
      visitor,
      'POST',
      `/api/password-reset/${token}`,
      '/api/password-reset/:token',
      204,
      90,
      0,
    );
    exchange.requestBytes = 60;
    exchange.authCode = token;
    void account;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/signup',
      '/api/signup',
      exists ? 409 : 201,
      exists ? 10 : 95,
      exists ? 60 : 310,
    );
    exchange.requestBytes = 120;
    this.#markAuth(visitor, exchange, 'signup', account, !exists);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    const exists = account.user !== null;
    this.send(visitor, 'GET', '/api/users/exists', '/api/users/exists', exists ? 200 : 404, 6, exists ? 24 : 31).query =
      `email=${account.pseudonym}`;
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/coupons/redeem',
      '/api/coupons/redeem',
      isRight ? 200 : 422,
      15,
      isRight ? 140 : 70,
    );
    exchange.requestBytes = 31;
    exchange.authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/login/otp',
      '/api/login/otp',
      isRight ? 200 : 401,
      12,
      isRight ? 260 : 70,
    );
    exchange.requestBytes = 40;
    exchange.authCode = code;
    this.#markAuth(visitor, exchange, 'otp', account, isRight);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 40_000 + 900 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/api/me/export', '/api/me/export', 200, 400, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    const [method, path] =
      action === 'email'
        ? ['PUT', '/api/me/email']
        : action === 'password'
          ? ['PUT', '/api/me/password']
          : ['POST', '/api/me/payment-methods'];
    this.send(visitor, method!, path!, path!, 200, 70, 90).requestBytes = 80;
    return { status: 200, objects: 0, bytes: 90 };
  }
}
