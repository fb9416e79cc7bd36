import { hashObjectId } from '@vedette/protocol';
import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../core/exchange.js';
import type { Form } from './form.js';
import { LOAD_BALANCER } from './raw-request.js';

interface KeyValue {
  key: string;
  value: { stringValue: string } | { intValue: string } | { arrayValue: { values: { intValue: string }[] } };
}

/** One line of OTLP/JSON (an `ExportTraceServiceRequest`) for a batch of exchanges of one service. */
export function otlpJsonLine(
  service: { readonly name: string; readonly host: string; readonly legacyNames?: boolean },
  batch: readonly Exchange[],
  form: Form,
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: [text(ATTR.serviceName, service.name), text(ATTR.serviceInstanceId, `${service.name}-1`)],
        },
        scopeSpans: [
          {
            scope: { name: form === 'enriched' ? '@vedette/agent' : '@opentelemetry/instrumentation-http' },
            spans: batch.map((exchange) => ({
              traceId: exchange.traceId,
              spanId: exchange.spanId,
              name: `${exchange.method} ${exchange.template}`.trim(),
              kind: 2,
              startTimeUnixNano: nanoseconds(exchange.startMs),
              endTimeUnixNano: nanoseconds(exchange.startMs + exchange.durationMs),
              attributes:
                service.legacyNames === true && form === 'bare'
                  ? legacyAttributes(service.host, exchange)
                  : attributes(service.host, exchange, form),
              status: exchange.status >= 500 ? { code: 2 } : {},
            })),
          },
        ],
      },
    ],
  });
}

function attributes(host: string, exchange: Exchange, form: Form): KeyValue[] {
  const list = [
    text(ATTR.httpRequestMethod, exchange.method),
    text(ATTR.urlPath, exchange.path),
    integer(ATTR.httpResponseStatusCode, exchange.status),
    text(ATTR.clientAddress, exchange.client.address),
    text(ATTR.networkPeerAddress, exchange.peer || LOAD_BALANCER),
    text(ATTR.userAgentOriginal, exchange.client.userAgent),
    text(ATTR.serverAddress, host),
    integer(ATTR.httpResponseBodySize, exchange.responseBytes),
  ];
  if (exchange.query !== '') list.push(text(ATTR.urlQuery, exchange.query));
  if (exchange.template !== '') list.push(text(ATTR.httpRoute, exchange.template));
  if (form === 'bare') return list;
  list.push(
    integer(ATTR.httpRequestBodySize, exchange.requestBytes),
    text(VEDETTE_ATTR.clientFingerprint, exchange.client.fingerprint),
  );
  if (exchange.operation !== '') list.push(text(ATTR.graphqlOperationName, exchange.operation));
  if (exchange.actor !== '')
    list.push(text(ATTR.enduserPseudoId, exchange.actor), text(VEDETTE_ATTR.actorKind, exchange.actorKind));
  if (exchange.session !== '') list.push(text(ATTR.sessionId, exchange.session));
  if (exchange.authEvent !== '') {
    list.push(
      text(VEDETTE_ATTR.authEvent, exchange.authEvent),
      text(VEDETTE_ATTR.authIdentifier, exchange.authIdentifier),
    );
    if (exchange.authOutcome !== '') list.push(text(VEDETTE_ATTR.authOutcome, exchange.authOutcome));
  }
  if (exchange.authCode !== '') list.push(text(VEDETTE_ATTR.authCode, exchange.authCode));
  if (exchange.handedOut.length > 0)
    list.push(integers(VEDETTE_ATTR.responseObjectIds, exchange.handedOut.map(hashObjectId)));
  if (exchange.bodyIds.length > 0)
    list.push(integers(VEDETTE_ATTR.requestObjectIds, exchange.bodyIds.map(hashObjectId)));
  for (const [kind, count] of Object.entries(exchange.sensitive ?? {}))
    list.push(integer(VEDETTE_ATTR.sensitivePrefix + kind, count));
  return list;
}

/** The names that SDKs sent before the HTTP conventions became stable. */
function legacyAttributes(host: string, exchange: Exchange): KeyValue[] {
  return [
    text('http.method', exchange.method),
    text('http.target', exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`),
    text('http.host', host),
    text('http.scheme', 'https'),
    integer('http.status_code', exchange.status),
    text('http.client_ip', exchange.client.address),
    text('net.peer.ip', exchange.peer || LOAD_BALANCER),
    text('http.user_agent', exchange.client.userAgent),
    integer('http.response_content_length', exchange.responseBytes),
  ];
}

function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.floor((ms - whole) * 1e6)).padStart(6, '0')}`;
}

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function integer(key: string, value: number): KeyValue {
  return { key, value: { intValue: String(value) } };
}

function integers(key: string, values: readonly number[]): KeyValue {
  return { key, value: { arrayValue: { values: values.map((value) => ({ intValue: String(value) })) } } };
}
