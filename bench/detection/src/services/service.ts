import type { AlertType } from '@vedette/protocol';
import type { Campaign } from '../core/campaign.js';
import { createExchange, type Exchange } from '../core/exchange.js';
import type { Rng } from '../core/rng.js';
import type { Script } from '../core/scheduler.js';
import type { World } from '../core/world.js';
import type { Device } from '../population/devices.js';
import { Regulars } from '../population/regulars.js';
import { networkFor, type Population, type User } from '../population/users.js';
import { Ownership } from './ownership.js';
import type { Account, ApiKey, Read, SensitiveAction, Visitor } from './visitor.js';

/** How a data set is to be made; the same for all services. */
export interface ServiceOptions {
  /** Benign requests wanted over the whole run, roughly. */
  readonly events: number;
  /** Draws of rates, mixes and names that differ between seeds. */
  readonly rng: Rng;
}

/**
 * A simulated service: the people and programs that use it, and the acts it offers, each of which sends the requests
 * that this service's interface needs for it. Look-alikes and attacks are written against these acts alone, so each of
 * them runs on every service that has what it takes.
 */
export abstract class Service {
  abstract readonly name: string;
  abstract readonly host: string;
  /** Attack types that can happen here. */
  abstract readonly attackable: ReadonlySet<AlertType>;
  /** Look-alikes that can happen here. */
  abstract readonly lookalikes: ReadonlySet<string>;
  abstract readonly population: Population;
  /** Number of public items, ids 0 to n−1. */
  abstract readonly catalogueSize: number;
  abstract readonly adminRouteCount: number;
  abstract readonly keys: readonly ApiKey[];
  /** Kinds of call that a key may make. */
  abstract readonly keyRouteCount: number;

  /** Share of logins that fail because the identity provider does; 0 when it is well. */
  loginOutageShare = 0;
  /** Keys and accounts that some campaign uses already: a second one on them could not be told from the first. */
  readonly spent = new Set<string>();
  /** People with a past of logins here, for attacks that need victims whose habits are known. */
  readonly regulars = new Regulars();
  /** Factor on response times. */
  slowdown = 1;
  /** Share of requests answered 503. */
  errorShare = 0;
  /** A release gone wrong: responses of one route carry what they should not. */
  leak: {
    readonly campaign: Campaign;
    readonly kind: string;
    readonly share: number;
    /** Which act's response leaks. */
    readonly route: 'browse' | 'list' | 'object';
  } | null = null;

  /** Who owns which object of the guarded kind. */
  readonly owned = new Ownership();

  constructor(readonly world: World) {}

  get rng(): Rng {
    return this.world.rng;
  }

  /** Number of objects of the guarded kind that exist, ids 0 to n−1. */
  get objectCount(): number {
    return this.owned.size;
  }

  /** Gives a user objects of their own. */
  grant(user: User, count: number): void {
    this.owned.grant(user, count);
  }

  /** Spawns everything that always goes on: arrivals, jobs, checks, crawlers. */
  abstract start(): void;
  /** An ordinary visit by this user. */
  abstract visit(user: User, visitor: Visitor): Script;
  /**
   * One attempt to log in.
   *
   * @param guess number of characters that a wrong password is longer than the shortest; drawn anew unless it is one and
   *   the same password again
   * @returns whether it succeeded, in which case the visitor is logged in
   */
  abstract login(visitor: Visitor, account: Account, passwordIsRight: boolean, guess?: number): boolean;
  abstract requestReset(visitor: Visitor, account: Account): void;
  /** The link in the reset mail is followed and a new password set. */
  abstract completeReset(visitor: Visitor, account: Account): void;
  abstract signup(visitor: Visitor, account: Account): boolean;
  /** A route that tells whether an identifier is known (invitation, contact search, pre-check). */
  abstract lookup(visitor: Visitor, account: Account): void;
  /** Opens one object of the guarded kind (`foreign` ones are refused) or of the kind whose check was forgotten. */
  abstract readObject(visitor: Visitor, object: number, kind: 'guarded' | 'unguarded'): Read;
  /** Asks for an object that does not exist. */
  abstract readMissing(visitor: Visitor, kind: 'guarded' | 'unguarded'): Read;
  /** A page of the visitor's own objects. */
  abstract listOwn(visitor: Visitor, page: number): Read;
  abstract browse(visitor: Visitor, item: number): Read;
  /** A page of the public list. */
  abstract browseList(visitor: Visitor, page: number): Read;
  /** The most expensive thing that anyone may ask for. */
  abstract search(visitor: Visitor): Read;
  /** A path that does not exist. */
  probe(visitor: Visitor, path: string, method = 'GET'): void {
    const at = path.indexOf('?');
    const exchange = this.send(visitor, method, at < 0 ? path : path.slice(0, at), '', 404, 3, 120);
    if (at >= 0) exchange.query = path.slice(at + 1);
  }
  /** One of the routes for administrators. @returns the status */
  abstract admin(visitor: Visitor, route: number, method: 'GET' | 'PUT' | 'DELETE'): number;
  /** One of the calls that an app with an expired token repeats: answered 401. */
  abstract refused(visitor: Visitor, route: number): void;
  abstract healthCheck(visitor: Visitor): void;
  /** Changes one own object. */
  abstract writeOwn(visitor: Visitor, object: number): void;
  /** A large report that an administrator is meant to fetch. */
  abstract reportExport(visitor: Visitor, bytes: number): void;
  /** One case of a member of staff: a customer found, opened, some of their objects read. */
  abstract staffTicket(visitor: Visitor): Script;
  /** A coupon, gift card or invitation code. */
  abstract tryCode(visitor: Visitor, code: string, isRight: boolean): void;
  /** A one-time password of a login that is under way. */
  abstract tryOtp(visitor: Visitor, account: Account, code: string, isRight: boolean): void;
  abstract sensitiveAction(visitor: Visitor, action: SensitiveAction): Read;
  /** One page of the widest read that the visitor's rights allow. */
  abstract exportPage(visitor: Visitor, page: number, size: number): Read;
  /** A call with an API key. Routes from `keyRouteCount` on are ones that no key normally uses. */
  abstract keyCall(visitor: Visitor, route: number): Read;

  /** Answers a request now; the caller may still set further fields of the exchange before its step ends. */
  send(
    visitor: Visitor,
    method: string,
    path: string,
    template: string,
    status: number,
    durationMs: number,
    responseBytes: number,
  ): Exchange {
    const { rng, world } = this;
    const exchange = createExchange(world.nowMs + rng.float() * 40, visitor.client, visitor.label, visitor.campaign);
    exchange.method = method;
    exchange.path = path;
    exchange.template = template;
    exchange.status = status;
    exchange.durationMs = durationMs * this.slowdown * (0.6 + 0.9 * rng.float());
    exchange.responseBytes = Math.round(responseBytes);
    exchange.actor = visitor.actor;
    exchange.actorKind = visitor.actorKind;
    exchange.session = visitor.session;
    exchange.logUser = visitor.logUser;
    exchange.isCover = visitor.isCover;
    if (this.errorShare > 0 && status < 400 && rng.chance(this.errorShare)) {
      exchange.status = 503;
      exchange.responseBytes = 65;
    }
    world.send(exchange);
    return exchange;
  }

  /** Puts into a response what it carries of people's data: as usual, and what a bad release adds. */
  protected expose(
    exchange: Exchange,
    route: 'browse' | 'list' | 'object',
    usual: Readonly<Record<string, number>> | null,
  ): void {
    exchange.sensitive = usual;
    const { leak } = this;
    if (
      leak === null ||
      leak.route !== route ||
      exchange.status !== 200 ||
      exchange.campaign !== null ||
      !this.rng.chance(leak.share)
    )
      return;
    exchange.sensitive = { ...usual, [leak.kind]: this.rng.between(1, 4) };
    exchange.campaign = leak.campaign;
    leak.campaign.gain(exchange.startMs, 1, 0);
  }

  /** A user on one of their devices, where they are at this time of day. */
  visitorFor(user: User, label: string, campaign: Campaign | null = null): Visitor {
    const { rng } = this;
    const index = user.devices.length === 1 || rng.chance(0.7) ? 0 : rng.int(user.devices.length);
    const device = user.devices[index]!;
    if (rng.chance(0.012)) device.update();
    const network = networkFor(user, device, this.world.nowMs, rng);
    const visitor = this.visitor(network.address(this.world.nowMs, rng), device, label, campaign);
    const session = user.sessions[index]!;
    if (session.untilMs > this.world.nowMs) {
      this.resume(visitor, user, session.id);
    }
    return visitor;
  }

  visitor(
    address: string,
    device: Pick<Device, 'userAgent' | 'fingerprint'>,
    label: string,
    campaign: Campaign | null = null,
  ): Visitor {
    return {
      client: { address, userAgent: device.userAgent, fingerprint: device.fingerprint },
      user: null,
      actor: '',
      actorKind: '',
      session: '',
      logUser: '',
      label,
      campaign,
      isCover: false,
    };
  }

  /** A program with a key, at its usual place or elsewhere. */
  keyVisitor(
    key: ApiKey,
    label: string,
    campaign: Campaign | null = null,
    address = key.network.address(this.world.nowMs, this.rng),
  ): Visitor {
    const visitor = this.visitor(address, key.device, label, campaign);
    visitor.actor = key.pseudonym;
    visitor.actorKind = 'api_key';
    visitor.user = key.owner;
    visitor.logUser = key.name;
    return visitor;
  }

  /** Makes the visitor the holder of a session of this user. */
  resume(visitor: Visitor, user: User, session: string): void {
    visitor.user = user;
    visitor.actor = user.pseudonym;
    visitor.actorKind = 'user';
    visitor.session = session;
  }

  /** A fresh session after a successful login; the user's own device keeps it. */
  protected openSession(visitor: Visitor, user: User, lifetimeMs: number): void {
    const session = this.rng.hex(16);
    this.resume(visitor, user, session);
    if (visitor.campaign === null) {
      this.regulars.note(user, this.world.nowMs);
      // A borrowed device, or one bought yesterday, keeps its cookie for itself.
      const index = user.devices.findIndex((device) => device.fingerprint === visitor.client.fingerprint);
      if (index < 0) return;
      const slot = user.sessions[index]!;
      slot.id = session;
      slot.untilMs = this.world.nowMs + lifetimeMs;
    } else {
      visitor.campaign.enter(this.world.nowMs, user.pseudonym);
    }
  }

  /** Moves the visitor to another network or device; the session goes along. */
  move(visitor: Visitor, address: string, device?: Device): void {
    visitor.client = {
      address,
      userAgent: device?.userAgent ?? visitor.client.userAgent,
      fingerprint: device?.fingerprint ?? visitor.client.fingerprint,
    };
  }

  account(user: User): Account {
    return { pseudonym: user.pseudonym, user };
  }

  /** A log-in name that no account has. */
  stranger(): Account {
    return { pseudonym: this.rng.hex(16), user: null };
  }
}
