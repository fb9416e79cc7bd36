// Held back: see held-back.ts. Not to be looked at while tuning detectors or intake.
import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import type { Script } from '../../core/scheduler.js';
import { consumerActivity, SECOND } from '../../core/time.js';
import type { World } from '../../core/world.js';
import { strayNotFound } from '../../lookalikes/stray-not-found.js';
import { Population, type User } from '../../population/users.js';
import { drawKeys } from '../habits.js';
import { OF_PEOPLE } from '../lookalike-sets.js';
import { humanLogin, startLife, think } from '../people.js';
import type { ServiceOptions } from '../service.js';
import type { ApiKey, Visitor } from '../visitor.js';
import { BankData } from './data.js';
import { accountNumber, orderNumber } from './ids.js';

const PAGE = 25;

/**
 * A bank's web and app backend instrumented by an old SDK: no templates at all, old attribute names, a two-step login
 * with a one-time password, random numbers in paths, statements by month, help pages with slugs, and third parties that
 * fetch accounts for customers with keys.
 */
export class Bank extends BankData {
  readonly name = 'bank';
  readonly host = 'banking.example';
  readonly legacyNames = true;
  readonly attackable: ReadonlySet<AlertType> = new Set(ALERT_TYPES);
  readonly lookalikes: ReadonlySet<string> = new Set([...OF_PEOPLE, 'L19', 'old-app', 'contact-sync']);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly keys: ApiKey[];
  readonly #visitsPerDay: number;

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const users = Math.round(Math.min(50_000, Math.max(1500, options.events / 50)));
    this.catalogueSize = draw.between(900, 2200);
    this.population = new Population(
      {
        users,
        activityExponent: draw.uniform(0.3, 0.5),
        appName: 'MeineBank',
        appShare: draw.uniform(0.5, 0.7),
        officeShare: 0.15,
        officeSize: draw.between(40, 200),
        ipv6Share: 0.45,
        vpnShare: 0.04,
        workHours: false,
        zoneHours: 1,
        tenantSize: 0,
      },
      draw,
      this.name,
    );
    for (let i = 0; i < 9; i++) this.population.users[draw.int(users)]!.role = i < 7 ? 'support' : 'admin';
    // Orders of payments: numbers that come in sequence, shown to their owner alone.
    for (let i = 0; i < users * 5; i++) {
      const user = this.population.pickAny(draw);
      this.grant(user, user.isBusiness ? draw.between(3, 25) : 1);
    }
    this.keys = drawKeys(draw, 9, this.keyRouteCount, [200, 2500]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume) / 12.5);
  }

  start(): void {
    const { world, population } = this;
    startLife(this, {
      visitsPerDay: this.#visitsPerDay,
      shape: (atMs) => consumerActivity(atMs, 1),
      staffCases: [18, 45],
      arrive: () => {
        const user = population.pickActive(world.nowMs, this.rng);
        const visitor = this.visitorFor(user, 'visit');
        world.spawn(this.rng.chance(0.12) ? this.#reader(visitor) : this.visit(user, visitor));
      },
    });
  }

  /** Somebody reads help pages, not logged in. */
  *#reader(visitor: Visitor): Script {
    visitor.user = null;
    visitor.actor = '';
    visitor.actorKind = '';
    visitor.session = '';
    strayNotFound(this, visitor);
    const pages = this.rng.count(3);
    for (let i = 0; i < pages; i++) {
      this.browse(visitor, Math.floor(this.catalogueSize * this.rng.float() ** 3));
      yield think(this);
    }
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    if (visitor.user === null) {
      yield* humanLogin(this, visitor, user);
      if (visitor.user === null) return;
    }
    this.send(visitor, 'GET', `/api/banking/konten/${accountNumber(user.index)}`, '', 200, 15, 900).sensitive = {
      iban: 1,
    };
    this.send(visitor, 'GET', '/api/banking/profil', '', 200, 8, 600).sensitive = { email: 1 };
    const steps = rng.count(4.5);
    for (let i = 0; i < steps; i++) {
      yield think(this);
      const roll = rng.float();
      if (roll < 0.35) this.listOwn(visitor, rng.count(1.4));
      else if (roll < 0.6 && user.objects.length > 0) {
        if (user.isBusiness && rng.chance(0.4)) {
          const first = rng.int(user.objects.length);
          const bookkeeper = { ...visitor, label: 'neighbours' };
          for (const object of user.objects.slice(first, first + rng.between(6, 50))) {
            this.readObject(bookkeeper, object, 'guarded');
            yield rng.logNormal(3 * SECOND, 0.6);
          }
        } else
          this.readObject(
            visitor,
            user.objects[user.objects.length - 1 - rng.int(Math.min(8, user.objects.length))]!,
            rng.chance(0.7) ? 'guarded' : 'unguarded',
          );
      } else if (roll < 0.72) {
        const month = `2025-${String(1 + rng.int(12)).padStart(2, '0')}`;
        this.send(
          visitor,
          'GET',
          `/api/banking/konten/${accountNumber(user.index)}/auszug/${month}.pdf`,
          '',
          rng.chance(0.03) ? 404 : 200,
          90,
          84_000 + rng.int(50_000),
        );
      } else if (roll < 0.84) {
        // A payment: entered, confirmed with a one-time password that is sometimes mistyped.
        this.send(visitor, 'POST', '/api/banking/auftrag', '', 201, 40, 210).requestBytes = 320;
        yield rng.logNormal(15 * SECOND, 0.5);
        if (rng.chance(0.06)) this.otp(visitor, this.account(user), rng.hex(16), false);
        this.otp(visitor, this.account(user), rng.hex(16), true);
        this.grant(user, 1);
      } else if (roll < 0.9) this.search(visitor);
      else if (roll < 0.905) this.sensitiveAction(visitor, rng.chance(0.5) ? 'password' : 'email');
      else this.send(visitor, 'GET', '/api/banking/nachrichten', '', 200, 10, 400 + rng.int(3000));
    }
  }

  *staffTicket(visitor: Visitor): Script {
    const { rng } = this;
    const customer = this.population.pickAny(rng);
    this.send(visitor, 'GET', '/backoffice/kunden', '', 200, 40, 1200).query =
      `suche=${customer.pseudonym.slice(0, 6)}`;
    yield rng.logNormal(9 * SECOND, 0.6);
    const page = this.send(visitor, 'GET', `/backoffice/kunden/${accountNumber(customer.index)}`, '', 200, 18, 3100);
    page.sensitive = { iban: 2, email: 1 };
    page.handedOut = customer.objects.slice(-PAGE).map(orderNumber);
    for (const object of customer.objects.slice(-rng.between(0, 3))) {
      yield rng.logNormal(20 * SECOND, 0.6);
      this.readObject(visitor, object, 'guarded');
    }
  }
}
