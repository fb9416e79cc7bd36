import type { AuthEvent } from '@vedette/protocol';
import type { Exchange } from '../../core/exchange.js';
import { DAY, HOUR } from '../../core/time.js';
import { Service } from '../service.js';
import type { Account, Read, SensitiveAction, Visitor } from '../visitor.js';

/** How people get in: a form that answers alike whatever the outcome, invitations, a second factor. */
export abstract class SaasAccounts extends Service {
  /** Whether the login answers 302 or 200; both outcomes alike. */
  protected abstract readonly redirects: boolean;
  /** Whether the agent can tell a login's outcome (a session cookie appears) or leaves it open. */
  protected abstract readonly agentKnowsOutcome: boolean;

  protected graphql(
    visitor: Visitor,
    operation: string,
    bytes: number,
    ids: readonly string[] = [],
    handedOut: readonly string[] = [],
    status = 200,
  ): Exchange {
    const exchange = this.send(
      visitor,
      'POST',
      '/graphql',
      '/graphql',
      visitor.user === null && visitor.actor === '' ? 401 : status,
      25,
      bytes,
    );
    exchange.operation = operation;
    exchange.requestBytes = 350 + operation.length + ids.length * 30;
    exchange.bodyIds = ids;
    exchange.handedOut = handedOut;
    return exchange;
  }

  login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess = this.rng.int(9)): boolean {
    const { rng } = this;
    const succeeds = passwordIsRight && account.user !== null && !rng.chance(this.loginOutageShare);
    const isBrowser = visitor.campaign === null || rng.chance(0.3);
    if (isBrowser) this.send(visitor, 'GET', '/login', '/login', 200, 4, 5210);
    const bytes = this.redirects ? (succeeds ? 27 : 33) : succeeds ? 880 : 5344;
    const exchange = this.send(
      visitor,
      'POST',
      '/login',
      '/login',
      this.redirects ? 302 : 200,
      account.user === null ? 12 : 110,
      bytes,
    );
    exchange.requestBytes = 70 + (account.pseudonym.charCodeAt(2) % 16) + (passwordIsRight ? 3 : guess);
    this.#markAuth(exchange, 'login', account, this.agentKnowsOutcome ? succeeds : null);
    if (succeeds) this.openSession(visitor, account.user!, rng.chance(0.6) ? 5 * DAY : 9 * HOUR);
    if (isBrowser && this.redirects && !succeeds)
      this.send(visitor, 'GET', '/login', '/login', 200, 4, 5344).query = 'error=1';
    return succeeds;
  }

  #markAuth(exchange: Exchange, event: AuthEvent, account: Account, succeeds: boolean | null): void {
    exchange.authEvent = event;
    exchange.authIdentifier = account.pseudonym;
    exchange.authOutcome = succeeds === null ? '' : succeeds ? 'success' : 'failure';
    exchange.authAttempts = 1;
  }

  requestReset(visitor: Visitor, account: Account): void {
    // The same answer for every name: no oracle.
    const exchange = this.send(
      visitor,
      'POST',
      '/forgot',
      '/forgot',
      this.redirects ? 302 : 200,
      account.user === null ? 10 : 30,
      41,
    );
    exchange.requestBytes = 40;
    this.#markAuth(exchange, 'reset', account, null);
  }

  completeReset(visitor: Visitor, _account: Account): void {
    const token = this.rng.hex(16);
    this.send(visitor, 'GET', `/reset/${token}`, '/reset/:token', 200, 5, 4100).authCode = token;
    this.send(visitor, 'POST', `/reset/${token}`, '/reset/:token', 302, 95, 27).authCode = token;
  }

  signup(visitor: Visitor, account: Account): boolean {
    const exists = account.user !== null;
    const exchange = this.send(
      visitor,
      'POST',
      '/signup',
      '/signup',
      this.redirects ? 302 : 200,
      exists ? 15 : 120,
      exists ? 36 : 29,
    );
    exchange.requestBytes = 130;
    this.#markAuth(exchange, 'signup', account, this.agentKnowsOutcome ? !exists : null);
    return !exists;
  }

  lookup(visitor: Visitor, account: Account): void {
    this.graphql(visitor, 'InviteLookup', account.user === null ? 62 : 148, [account.pseudonym]);
  }

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    this.send(
      visitor,
      'GET',
      `/invite/${code}`,
      '/invite/:token',
      isRight ? 200 : 404,
      8,
      isRight ? 3900 : 1200,
    ).authCode = code;
  }

  tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/login/totp',
      '/login/totp',
      this.redirects ? 302 : 200,
      9,
      isRight ? 27 : 38,
    );
    exchange.authCode = code;
    this.#markAuth(exchange, 'otp', account, this.agentKnowsOutcome ? isRight : null);
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    if (action === 'export') {
      const bytes = 60_000 + 2500 * (visitor.user?.objects.length ?? 0);
      this.send(visitor, 'GET', '/export/workspace.zip', '/export/:file', 200, 1500, bytes);
      return { status: 200, objects: visitor.user?.objects.length ?? 0, bytes };
    }
    this.graphql(
      visitor,
      action === 'email' ? 'UpdateEmail' : action === 'password' ? 'ChangePassword' : 'UpdatePaymentMethod',
      95,
    );
    return { status: 200, objects: 0, bytes: 95 };
  }
}
