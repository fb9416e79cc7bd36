/**
 * The fifteen kinds of behaviour that Vedette raises alerts for, with the names under which the field knows them.
 *
 * References: OWASP Automated Threats to Web Applications (OAT, 2018), OWASP API Security Top 10 (2023),
 * MITRE ATT&CK Enterprise.
 */
export const ALERT_TYPES = [
  'credential_stuffing',
  'brute_force',
  'password_spraying',
  'account_takeover',
  'user_enumeration',
  'object_enumeration',
  'path_scanning',
  'token_enumeration',
  'privilege_probing',
  'data_exfiltration',
  'scraping',
  'session_hijack',
  'rate_abuse',
  'consumer_drift',
  'sensitive_data_exposure',
] as const;

export type AlertType = (typeof ALERT_TYPES)[number];

/** Types that may be stages of one attack share a family; findings only join alerts of their own type. */
export type AlertFamily = 'authentication' | 'enumeration' | 'data' | 'abuse' | 'posture';

export interface AlertTypeInfo {
  /** Name on screen. */
  readonly name: string;
  readonly family: AlertFamily;
  /** Impact points of the score, 0 to 40: what a success of this kind costs its victim (docs/DETECTION.md, score). */
  readonly impact: number;
  /** OWASP Automated Threat ids. */
  readonly owaspAutomatedThreats: readonly string[];
  /** OWASP API Security Top 10 (2023) ids. */
  readonly owaspApi: readonly string[];
  /** MITRE ATT&CK technique ids. */
  readonly attack: readonly string[];
}

export const ALERT_TYPE_INFO: Readonly<Record<AlertType, AlertTypeInfo>> = {
  credential_stuffing: info('Credential stuffing', 'authentication', 25, ['OAT-008'], ['API2'], ['T1110.004']),
  brute_force: info('Brute force', 'authentication', 20, ['OAT-007'], ['API2'], ['T1110.001']),
  password_spraying: info('Password spraying', 'authentication', 25, ['OAT-007'], ['API2'], ['T1110.003']),
  account_takeover: info('Account takeover', 'authentication', 40, ['OAT-008', 'OAT-012'], ['API2'], ['T1078']),
  user_enumeration: info(
    'User enumeration',
    'enumeration',
    15,
    ['OAT-018', 'OAT-007'],
    ['API2', 'API6'],
    ['T1087', 'T1589.002'],
  ),
  object_enumeration: info('Object enumeration', 'enumeration', 30, ['OAT-011'], ['API1'], ['T1119', 'T1213']),
  path_scanning: info(
    'Path scanning',
    'enumeration',
    10,
    ['OAT-014', 'OAT-018'],
    ['API8', 'API9'],
    ['T1595.003', 'T1595.002', 'T1190'],
  ),
  token_enumeration: info(
    'Token enumeration',
    'authentication',
    25,
    ['OAT-002', 'OAT-010', 'OAT-001'],
    ['API2', 'API6', 'API4'],
    ['T1110.001', 'T1621'],
  ),
  privilege_probing: info('Privilege probing', 'enumeration', 20, ['OAT-014'], ['API5'], ['T1069', 'T1190']),
  data_exfiltration: info(
    'Data exfiltration',
    'data',
    35,
    ['OAT-011'],
    ['API1', 'API3', 'API4'],
    ['T1567', 'T1530', 'T1213', 'T1020'],
  ),
  scraping: info('Scraping', 'data', 15, ['OAT-011'], ['API6', 'API4'], ['T1119', 'T1213']),
  session_hijack: info('Session hijack', 'authentication', 35, [], ['API2'], ['T1539', 'T1550.004', 'T1550.001']),
  rate_abuse: info('Rate abuse', 'abuse', 10, ['OAT-015', 'OAT-003'], ['API4'], ['T1499']),
  consumer_drift: info('Consumer drift', 'abuse', 20, ['OAT-020', 'OAT-011'], ['API9', 'API10'], ['T1078', 'T1528']),
  sensitive_data_exposure: info('Sensitive data exposure', 'posture', 25, [], ['API3', 'API8', 'API9'], ['T1213']),
};

function info(
  name: string,
  family: AlertFamily,
  impact: number,
  owaspAutomatedThreats: readonly string[],
  owaspApi: readonly string[],
  attack: readonly string[],
): AlertTypeInfo {
  return { name, family, impact, owaspAutomatedThreats, owaspApi, attack };
}
