import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import type { Script } from '../../core/scheduler.js';
import { officeActivity } from '../../core/time.js';
import type { World } from '../../core/world.js';
import { strayNotFound } from '../../lookalikes/stray-not-found.js';
import { Population, type User } from '../../population/users.js';
import { drawKeys } from '../habits.js';
import { OF_PEOPLE } from '../lookalike-sets.js';
import { humanLogin, startLife, think } from '../people.js';
import type { ServiceOptions } from '../service.js';
import type { ApiKey, Visitor } from '../visitor.js';
import { SaasData } from './data.js';

const PAGE = 30;
const ONE_EMAIL = { email: 1 };
const MANY_EMAILS = { email: 25 };

/**
 * A workspace application for companies: one `/graphql` route for everything, ids that tell nothing, objects shared
 * within a tenant, a form login that redirects (or re-renders) whatever the outcome, errors inside a 200.
 */
export class Saas extends SaasData {
  readonly name = 'saas';
  readonly host = 'app.boards.example';
  readonly attackable: ReadonlySet<AlertType> = new Set(ALERT_TYPES);
  readonly lookalikes: ReadonlySet<string> = new Set([...OF_PEOPLE, 'L19', 'contact-sync']);
  readonly population: Population;
  readonly catalogueSize: number;
  readonly keys: ApiKey[];
  readonly #visitsPerDay: number;
  /** Whether the login answers 302 or 200; both outcomes alike. */
  protected readonly redirects: boolean;
  /** Whether the agent can tell a login's outcome (a session cookie appears) or leaves it open. */
  protected readonly agentKnowsOutcome: boolean;

  constructor(world: World, options: ServiceOptions) {
    super(world);
    const draw = options.rng;
    const users = Math.round(Math.min(30_000, Math.max(1200, options.events / 70)));
    this.catalogueSize = draw.between(600, 2500);
    this.redirects = draw.chance(0.65);
    this.agentKnowsOutcome = draw.chance(0.7);
    this.population = new Population(
      {
        users,
        activityExponent: draw.uniform(0.35, 0.6),
        appName: 'BoardsMobile',
        appShare: draw.uniform(0.1, 0.25),
        officeShare: draw.uniform(0.45, 0.65),
        officeSize: draw.between(60, 300),
        ipv6Share: 0.25,
        vpnShare: 0.12,
        workHours: true,
        zoneHours: 1,
        tenantSize: draw.between(12, 60),
      },
      draw,
      this.name,
    );
    for (let i = 0; i < 7; i++) this.population.users[draw.int(users)]!.role = i < 5 ? 'support' : 'admin';
    for (let i = 0; i < users * 4; i++) this.grant(this.population.pickAny(draw), 1);
    this.keys = drawKeys(draw, 24, this.keyRouteCount, [40, 500]);
    const keyVolume = this.keys.reduce((sum, key) => sum + key.volume, 0);
    this.#visitsPerDay = Math.max(50, (options.events / world.days - keyVolume) / 21);
  }

  start(): void {
    const { world, population } = this;
    startLife(this, {
      visitsPerDay: this.#visitsPerDay,
      shape: (atMs) => officeActivity(atMs, 1),
      staffCases: [10, 25],
      arrive: () => {
        const user = population.pickActive(world.nowMs, this.rng);
        world.spawn(this.visit(user, this.visitorFor(user, 'visit')));
      },
    });
  }

  *visit(user: User, visitor: Visitor): Script {
    const { rng } = this;
    strayNotFound(this, visitor);
    if (visitor.user === null) {
      yield* humanLogin(this, visitor, user);
      if (visitor.user === null) return;
    }
    this.send(visitor, 'GET', '/app', '/app', 200, 6, 12_400);
    yield rng.uniform(150, 900);
    this.graphql(visitor, 'Viewer', 900).sensitive = ONE_EMAIL;
    this.graphql(visitor, 'Notifications', 300 + rng.int(1800));
    this.listOwn(visitor, 1);
    const steps = rng.count(9);
    for (let i = 0; i < steps; i++) {
      yield think(this);
      const roll = rng.float();
      if (roll < 0.45) {
        // Colleagues' documents are as good as one's own.
        const shared = this.owned.ofTenant(user.tenant);
        const object =
          rng.chance(0.45) && user.objects.length > 0
            ? rng.pick(user.objects)
            : shared[Math.floor(shared.length * (1 - rng.float() ** 2))]!;
        this.readObject(visitor, object ?? 0, rng.chance(0.8) ? 'guarded' : 'unguarded');
      } else if (roll < 0.62)
        this.writeOwn(visitor, user.objects.length > 0 ? rng.pick(user.objects) : this.#create(user));
      else if (roll < 0.72) this.listOwn(visitor, rng.count(1.5));
      else if (roll < 0.8) this.search(visitor);
      else if (roll < 0.9) this.graphql(visitor, 'Notifications', 300 + rng.int(1800));
      else if (roll < 0.93) this.graphql(visitor, 'CreateDocument', 260, [this.id(this.#create(user))]);
      else if (roll < 0.945)
        this.lookup(visitor, rng.chance(0.7) ? this.account(this.population.pickAny(rng)) : this.stranger());
      else if (roll < 0.95) this.sensitiveAction(visitor, rng.chance(0.6) ? 'password' : 'email');
      else this.graphql(visitor, 'Members', 2400).sensitive = MANY_EMAILS;
    }
  }

  #create(user: User): number {
    this.grant(user, 1);
    return this.owned.size - 1;
  }

  *staffTicket(visitor: Visitor): Script {
    const { rng } = this;
    const customer = this.population.pickAny(rng);
    this.graphql(visitor, 'AdminUsers', 1600);
    yield rng.logNormal(7000, 0.6);
    const recent = customer.objects.slice(-PAGE).map((object) => this.id(object));
    this.graphql(visitor, 'AdminTenants', 3800, [`tenant-${customer.tenant}`], recent);
    for (const object of customer.objects.slice(-rng.between(0, 2))) {
      yield rng.logNormal(25_000, 0.7);
      this.readObject(visitor, object, 'guarded');
    }
  }
}
