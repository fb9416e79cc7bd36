// Held back: see held-back.ts. Not to be looked at while tuning detectors or intake.
import type { AuthEvent } from '@vedette/protocol';
import type { Exchange } from '../../core/exchange.js';
import { MINUTE } from '../../core/time.js';
import { Service } from '../service.js';
import type { Account, Read, SensitiveAction, Visitor } from '../visitor.js';

/** How people get in: two steps, both outcomes a 200. */
export abstract class BankAccounts extends Service {
  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const succeeds = passwordIsRight && account.user !== null && !rng.chance(this.loginOutageShare);
    // Both outcomes are a 200 with a word in the body.
    const exchange = this.send(
      visitor,
      'POST',
      '/api/auth/anmelden',
      '',
      200,
      account.user === null ? 30 : 160,
      succeeds ? 512 : 143,
    );
    exchange.requestBytes = 61 + (account.pseudonym.charCodeAt(1) % 12) + (passwordIsRight ? 2 : guess);
    this.#markAuth(exchange, 'login', account, succeeds);
    if (succeeds) {
      this.otp(visitor, account, rng.hex(16), true);
      this.openSession(visitor, account.user!, 12 * MINUTE);
    }
    return succeeds;
  }

  #markAuth(exchange: Exchange, event: AuthEvent, account: Account, succeeds: boolean): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
  }

  protected otp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(visitor, 'POST', '/api/auth/tan', '', isRight ? 200 : 422, 25, isRight ? 330 : 96);
    exchange.requestBytes = 38;
    exchange.authCode = code;
    this.#markAuth(exchange, 'otp', account, isRight);
  }

  requestReset(visitor: Visitor, account: Account): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/auth/zugang-vergessen',
      '',
      200,
      account.user === null ? 12 : 55,
      account.user === null ? 88 : 91,
    );
    exchange.requestBytes = 42;
    this.#markAuth(exchange, 'reset', account, account.user !== null);
  }

  completeReset(visitor: Visitor, _account: Account): void {
    const token = this.rng.hex(16);
    this.send(visitor, 'POST', `/api/auth/neues-kennwort/${token}`, '', 200, 130, 60).authCode = token;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/api/onboarding/antrag',
      '',
      exists ? 409 : 201,
      60,
      exists ? 84 : 400,
    );
    exchange.requestBytes = 900;
    this.#markAuth(exchange, 'signup', account, !exists);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    this.send(
      visitor,
      'GET',
      `/api/kontakte/${account.pseudonym}`,
      '',
      account.user === null ? 404 : 200,
      12,
      account.user === null ? 40 : 130,
    );
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/api/karten/aktivieren',
      '',
      isRight ? 200 : 422,
      30,
      isRight ? 150 : 71,
    );
    exchange.requestBytes = 26;
    exchange.authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    this.otp(visitor, account, code, isRight);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 220_000 + 400 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/api/banking/export/umsaetze.csv', '', 200, 600, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    const path =
      action === 'email'
        ? '/api/banking/profil/email'
        : action === 'password'
          ? '/api/auth/kennwort'
          : '/api/banking/empfaenger';
    this.send(visitor, action === 'payout' ? 'POST' : 'PUT', path, '', 200, 60, 70).requestBytes = 140;
    return { status: 200, objects: 0, bytes: 70 };
  }
}
