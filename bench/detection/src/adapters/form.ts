/**
 * How much an instrumentation shows of the same traffic.
 * - `enriched`: our agent: actor, session, login attempt and outcome, ids handed out, sizes, fingerprint, sensitive counts.
 * - `bare`: another OpenTelemetry SDK: method, path, query, route where the framework knows it, status, address, user agent, response size.
 * - `log`: a combined access log: address, user of HTTP authentication, time in whole seconds, request line, status, size, referer, user agent.
 */
export const FORMS = ['enriched', 'bare', 'log'] as const;
export type Form = (typeof FORMS)[number];
