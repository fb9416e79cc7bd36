import { type Rng, simulatedPseudonym } from '../core/rng.js';
import { consumerActivity, officeActivity } from '../core/time.js';
import { appDevice, browserDevice, type Device } from './devices.js';
import {
  carrierNetwork,
  homeNetwork,
  homeNetworkV6,
  type Network,
  officeNetwork,
  publicNetwork,
  REGION_COUNT,
  vpnNetwork,
} from './networks.js';

/** What a population is like. Shares are of all users. */
export interface PopulationSpec {
  readonly users: number;
  /** Zipf exponent of how often users come: 0 is all alike. */
  readonly activityExponent: number;
  readonly appName: string;
  /** Share of visits from the mobile app. */
  readonly appShare: number;
  readonly officeShare: number;
  readonly officeSize: number;
  readonly ipv6Share: number;
  readonly vpnShare: number;
  /** True where people use the service at work. */
  readonly workHours: boolean;
  /** Hours east of UTC of the main region. */
  readonly zoneHours: number;
  /** Users a tenant (customer organisation); 0 for no tenants. */
  readonly tenantSize: number;
}

/** A person (or a shared mailbox) with an account, and their habits. */
export interface User {
  readonly index: number;
  /** Log-in name in clear; only its pseudonym leaves the service. */
  readonly name: string;
  readonly pseudonym: string;
  readonly tenant: number;
  readonly region: number;
  readonly zoneHours: number;
  readonly home: Network;
  readonly office: Network | null;
  readonly carrier: Network;
  readonly vpn: Network | null;
  readonly devices: Device[];
  /** Chance that the first password typed is wrong. */
  readonly slipRate: number;
  /** Live web session per device: pseudonym, and until when. */
  readonly sessions: { id: string; untilMs: number }[];
  role: 'user' | 'support' | 'admin';
  /** Indices of the objects that are theirs, newest last. What an object is, the service knows. */
  readonly objects: number[];
  /** Busy accounts hold many objects and read them one after the other. */
  readonly isBusiness: boolean;
}

/** All accounts of a service. */
export class Population {
  readonly users: User[] = [];
  readonly carriers: Network[] = [];
  readonly offices: Network[] = [];
  readonly #cumulative: Float64Array;
  readonly #domain: string;

  constructor(
    readonly spec: PopulationSpec,
    rng: Rng,
    domain: string,
  ) {
    this.#domain = domain;
    for (let region = 0; region < REGION_COUNT; region++) {
      for (let i = 0; i < 3; i++) this.carriers.push(carrierNetwork(rng, region, 24 + rng.int(72)));
    }
    const vpns = Array.from({ length: 3 }, () => vpnNetwork(rng, 12));
    const officeCount = Math.max(1, Math.round((spec.users * spec.officeShare) / spec.officeSize));
    for (let i = 0; i < officeCount; i++) this.offices.push(officeNetwork(rng, i % REGION_COUNT === 3 ? 3 : 1));
    this.#cumulative = new Float64Array(spec.users);
    const order = rng.shuffle(Array.from({ length: spec.users }, (_, i) => i));
    for (let i = 0; i < spec.users; i++) {
      this.#cumulative[i] = 1 / (20 + order[i]!) ** spec.activityExponent;
      this.users.push(this.#createUser(i, rng, domain, vpns));
    }
    for (let i = 1; i < spec.users; i++) this.#cumulative[i]! += this.#cumulative[i - 1]!;
  }

  /** A user who is about to come, by how often they come and whether this is their time of day. */
  pickActive(atMs: number, rng: Rng): User {
    for (let attempt = 0; ; attempt++) {
      const user = this.#byActivity(rng.float());
      if (attempt === 3) return user;
      const shape = this.spec.workHours ? officeActivity : consumerActivity;
      if (rng.float() < 0.15 + shape(atMs, user.zoneHours)) return user;
    }
  }

  /** Any user, however seldom they come. */
  pickAny(rng: Rng): User {
    return rng.pick(this.users);
  }

  /** An account that is opened during the run and that nobody visits with by themselves. */
  register(rng: Rng): User {
    const user = this.#createUser(this.users.length, rng, this.#domain, []);
    this.users.push(user);
    return user;
  }

  #byActivity(position: number): User {
    const cumulative = this.#cumulative;
    const wanted = position * cumulative[cumulative.length - 1]!;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.users[low]!;
  }

  #createUser(index: number, rng: Rng, domain: string, vpns: readonly Network[]): User {
    const { spec } = this;
    const isForeign = rng.chance(0.12);
    const region = isForeign ? rng.int(REGION_COUNT) : 1;
    const zoneHours = isForeign ? rng.between(-8, 9) : spec.zoneHours;
    const name = `${rng.pick(GIVEN_NAMES)}.${rng.pick(FAMILY_NAMES)}${index}@${rng.pick(MAIL_HOSTS)}`;
    const devices: Device[] = [];
    const hasApp = rng.chance(spec.appShare);
    if (hasApp) devices.push(appDevice(rng, spec.appName));
    if (!hasApp || rng.chance(0.5)) devices.push(browserDevice(rng));
    if (rng.chance(0.25)) devices.push(browserDevice(rng));
    return {
      index,
      name,
      pseudonym: simulatedPseudonym(`${domain}:${name}`),
      tenant: spec.tenantSize > 0 ? Math.floor(index / spec.tenantSize) : 0,
      region,
      zoneHours,
      home: rng.chance(spec.ipv6Share) ? homeNetworkV6(rng) : homeNetwork(rng, region),
      office: rng.chance(spec.officeShare)
        ? this.offices[Math.floor(index / spec.officeSize) % this.offices.length]!
        : null,
      carrier: this.carriers[region * 3 + rng.int(3)]!,
      vpn: vpns.length > 0 && rng.chance(spec.vpnShare) ? rng.pick(vpns) : null,
      devices,
      // Most people rarely mistype; a few do it half of the time. Mean about 0.13 (cf. detection-reference 3.4).
      slipRate: Math.min(0.7, rng.logNormal(0.08, 0.9)),
      sessions: devices.map(() => ({ id: '', untilMs: 0 })),
      role: 'user',
      objects: [],
      isBusiness: rng.chance(0.015),
    };
  }
}

/** Where a user is attached when they visit at this time, with this device. */
export function networkFor(user: User, device: Device, atMs: number, rng: Rng): Network {
  const atWork = user.office !== null && rng.float() < officeActivity(atMs, user.zoneHours);
  if (user.vpn !== null && device.kind === 'browser' && rng.chance(0.6)) return user.vpn;
  if (atWork && device.kind === 'browser') return user.office!;
  if (rng.chance(device.kind === 'app' ? 0.45 : 0.06)) return user.carrier;
  if (rng.chance(0.02)) return publicNetwork(rng, user.region);
  return user.home;
}

const GIVEN_NAMES = [
  'anna',
  'ben',
  'carla',
  'david',
  'elif',
  'felix',
  'grace',
  'hugo',
  'ines',
  'jan',
  'kim',
  'lena',
  'maria',
  'nils',
  'olga',
  'paul',
  'rosa',
  'sami',
  'tom',
  'uma',
  'vera',
  'wei',
  'yara',
  'zoe',
];
const FAMILY_NAMES = [
  'abel',
  'brandt',
  'costa',
  'diaz',
  'evans',
  'fischer',
  'garcia',
  'hansen',
  'ito',
  'jones',
  'khan',
  'lopez',
  'meyer',
  'novak',
  'ortiz',
  'peters',
  'rossi',
  'silva',
  'tanaka',
  'urban',
  'vogel',
  'weber',
  'young',
  'zhang',
];
const MAIL_HOSTS = ['mail.example', 'post.example', 'inbox.example', 'company.example', 'web.example'];
