import { nats } from '../core/likelihood.js';

/**
 * Of people who failed and have not got in, so many make one more guess that differs from those before: half of them,
 * four in five where they are at home (network and client that the account is used with). An attacker goes on.
 */
const GOES_ON = { attack: 0.99, elsewhere: 0.5, atHome: 0.8 } as const;
/** Nats of one guess; a failure of a size that was seen before is likely the same guess again and says as little as one at home. */
export const GUESS_NATS = {
  elsewhere: nats(GOES_ON.attack, GOES_ON.elsewhere),
  atHome: nats(GOES_ON.attack, GOES_ON.atHome),
  repeat: nats(GOES_ON.attack, GOES_ON.atHome),
} as const;
/** One in three who fail changes the network before the next guess (Wi-Fi to mobile); a botnet nearly always does. */
const NETWORK_NATS = nats(0.9, 0.3);
/** Six networks say all that networks can say: someone on a train has as many. */
const NETWORKS_COUNTED = 6;
/**
 * No guess came from a network or with a client that the account is used with: so are one in ten of an owner's failures
 * (a new device while travelling), and nearly all guesses of a stranger.
 */
const STRANGER_NATS = nats(0.9, 0.1);
/** For names that never logged in here (`admin`, a placeholder, a name that many mistype) twice the evidence is asked. */
const UNKNOWN_FACTOR = 2;

/** What the evidence about one account is made of. */
export interface Guesses {
  /** Sum over the guesses, what has drained away subtracted. */
  readonly nats: number;
  readonly networks: number;
  /** What the haste of the hand at work says, in nats (guess-hands.ts). */
  readonly haste: number;
  /** Whether the service knows its accounts well enough for "unfamiliar" to say something. */
  readonly mature: boolean;
  /** The account has logged in here before. */
  readonly familiar: boolean;
  /** None of the guesses came from where the account is used. */
  readonly allStrange: boolean;
}

export function networkNats(networks: number): number {
  return (Math.min(NETWORKS_COUNTED, Math.max(1, networks)) - 1) * NETWORK_NATS;
}

/** Evidence that an account's password is being guessed, against an owner who forgot it. */
export function guessingNats(guesses: Guesses): number {
  const stranger = guesses.mature && guesses.familiar && guesses.allStrange ? STRANGER_NATS : 0;
  return guesses.nats + networkNats(guesses.networks) + guesses.haste + stranger;
}

/** By how much more evidence is asked for than usually. */
export function factorFor(guesses: Guesses): number {
  return guesses.mature && !guesses.familiar ? UNKNOWN_FACTOR : 1;
}
