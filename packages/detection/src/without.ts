/**
 * Guards and kinds of evidence that can be left out, to measure what each of them buys (`bench/detection --ablate`).
 * Nobody runs a service like that; a name stays here only while leaving it out makes detection worse.
 */
export const GUARDS = {
  // Guards: what keeps harmless traffic from being accused. G1 to G12 are numbered as in docs/DETECTION.md.
  outage: 'G1: failures of people at home lift the share of logins that is expected to fail',
  hold: 'a finding waits for up to a minute where an outage would look the same',
  shared_address: 'G3: returning users behind an address or a network make it a crowd',
  stale_retry: 'G4: a client that repeats one old secret, or one closed door, adds no evidence',
  site_broken: 'G5: what many networks miss or are refused at once is the site’s own doing',
  flash_crowd: 'G6: newcomers who get in explain as many who do not',
  resets: 'G7: a password reset explains a new client, and failures that led to it',
  monitors: 'G8: crawlers and monitors that the settings know by their network',
  schedules: 'G9: consumers that come at the same hours, as on past days',
  sync_burst: 'G10: writes of a device that was offline are judged after ten minutes',
  listed: 'G11: ids that a list handed out to the reader are no walk',
  declared: 'G12: alerts in the window of a declared event are expected',
  circles: 'colleagues, who read each other’s objects as a matter of course',
