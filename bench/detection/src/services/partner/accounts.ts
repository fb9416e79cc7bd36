import { Service } from '../service.js';
import type { Account, Read, SensitiveAction, Visitor } from '../visitor.js';

/** Keys and HTTP Basic authentication instead of logins, confirmation codes of drivers. */
export abstract class PartnerAccounts extends Service {
  /** HTTP Basic on every request of the console: there is no login, only a first request that is refused or not. */
  login(visitor: Visitor, account: Account, passwordIsRight: boolean): boolean {
    const succeeds = passwordIsRight && account.user !== null;
    if (succeeds) {
      visitor.user = account.user;
      visitor.actor = account.pseudonym;
      visitor.actorKind = 'user';
      visitor.logUser = account.user!.name.split('@')[0]!;
    }
    this.send(visitor, 'GET', '/console/', '/console/', succeeds ? 200 : 401, 20, succeeds ? 7400 : 90);
    return succeeds;
  }

  requestReset(): void {}

  completeReset(): void {}

  signup(): boolean {
    return false;
  }

  lookup(): void {}

  tryOtp(): void {}

  tryCode(visitor: Visitor, code: string, isRight: boolean): void {
    const exchange = this.send(
      visitor,
      'POST',
      '/v2/pickups/confirm',
      '/v2/pickups/confirm',
      isRight ? 200 : 422,
      9,
      isRight ? 210 : 66,
    );
    exchange.requestBytes = 24;
    exchange.authCode = code;
  }

  sensitiveAction(visitor: Visitor, action: SensitiveAction): Read {
    this.send(visitor, 'PUT', `/v2/account/${action}`, '/v2/account/:setting', 200, 40, 60);
    return { status: 200, objects: 0, bytes: 60 };
  }
}
