/**
 * Guards and kinds of evidence that can be left out, to measure what each of them buys (`bench/detection --ablate`).
 * Nobody runs a service like that; a name stays here only while leaving it out makes detection worse.
 */
export const GUARDS = {
  // Guards: what keeps harmless traffic from being accused. G1 to G12 are numbered as in docs/DETECTION.md.
  outage: 'G1: failures of people at home lift the share of logins that is expected to fail',
  hold: 'a finding waits for up to a minute where an outage would look the same',
  shared_address: 'G3: returning users behind an address or a network make it a crowd',
  site_broken: 'G5: what many networks miss or are refused at once is the site’s own doing',
  resets: 'G7: a password reset explains a new client, and failures that led to it',
  trusted: 'G8: networks that the settings trust: ordered scans, monitors, crawlers by their published ranges',
  sync_burst: 'G10: writes of a device that was offline are judged after ten minutes',
  listed: 'G11: ids that a list handed out to the reader are no walk',
  circles: 'colleagues, who read each other’s objects as a matter of course',
  staff: 'people whose work is to read what others own, and the networks they work in',
  common_paths: 'a path that five networks miss is a broken link',
  votes_cap: 'nobody has more than a few votes a day about what is normal',
  least_attacked: 'normal rates come from the less attacked half of the past week',
  shared_rise: 'an hour in which many take more than ever is the service’s doing',
  taint: 'requests of an attack teach nothing about what is normal',
  own_past: 'the own past of an actor, beside that of its peers',
  success_votes: 'logins that succeed argue for their source',
  credit_cap: 'a success counts in favour of two sources a day at most',
  cold_start: 'more evidence is asked for while rates are young',
  minimum: 'least numbers of different accounts, objects or paths before anyone is accused',
  // Kinds of evidence: what speaks for an attack.
  familiarity: 'accounts that never got in here, or not from this network and client',
  unresolved: 'failures that nobody resolves within ten minutes; without it each failure counts for good',
  ownership: 'objects that belong to someone else',
  misses: 'ids that are not there, or refused',
  order: 'ids in small steps',
  provenance: 'ids that no list had shown',
  tempo: 'faster than people are',
  signatures: 'paths that are known to be probed',
  novelty: 'routes, networks and hours that are new to the actor',
  volume: 'bytes, pages and items against what is usual',
  slow_sums: 'days added up, for what is spread thin',
  epochs: 'failures of the whole service against its own past, for attacks spread over thousands of sources',
  wide_scopes: 'networks and kinds of client as offenders, beside single addresses',
  joining: 'offenders who start together are one campaign',
  follow_up: 'what somebody does after an unusual login',
  overlap: 'two clients of one session at the same time',
} as const;

export type GuardName = keyof typeof GUARDS;

/** What is left out; usually nothing. */
export type Without = ReadonlySet<GuardName>;

export const GUARD_NAMES = Object.keys(GUARDS) as [GuardName, ...GuardName[]];
