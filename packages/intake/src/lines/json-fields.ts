/**
 * Where common JSON access logs keep what Vedette needs, by dotted path, in lower case
 * except where the case tells two apart. Sources: nginx `log_format
 * escape=json` as its documentation and the ingress controllers suggest, Caddy, Traefik, Envoy, HAProxy, pino-http and
 * Fastify, AWS ALB and CloudFront, Google Cloud load balancers, Azure Application Gateway, Elastic Common Schema,
 * OpenTelemetry names. Earlier names of one field win over later ones.
 */
const NAMES = {
  time: 'startutc startlocal start_time time_iso8601 msec @timestamp timestamp ts time time_local datetime date request.start_time receivetimestamp',
  duration_s: 'request_time time_taken time-taken request_time_seconds timetaken properties.timetaken latency_seconds',
  duration_ms:
    'responsetime response_time duration_ms latency_ms elapsed_ms response_time_ms took_ms elapsed took time_total',
  // Traefik (Go) writes its capitalised field in nanoseconds.
  duration_ns: 'Duration event.duration',
  duration: 'duration latency httprequest.latency',
  remote:
    'request.remote_ip remote_addr req.remoteaddress req.ip clienthost clientaddr client_addr remote_ip remoteip remoteaddr remote_address clientip client_ip downstream_remote_address client:port c-ip httprequest.remoteip properties.clientip source.ip source.address network.peer.address request.remote_addr remote ip req.remote_address',
  client: 'request.client_ip client.address client.ip real_ip realip x_real_ip',
  forwarded:
    'http_x_forwarded_for x_forwarded_for x-forwarded-for xff req.headers.x-forwarded-for request.headers.x-forwarded-for request_x-forwarded-for x-forwarded-for_header',
  request_line: 'request requestline request_line',
  method:
    'request_method request.method requestmethod req.method http.request.method method cs-method httprequest.requestmethod properties.httpmethod verb http.method http_method httpmethod',
  target:
    'request_uri request.uri req.originalurl req.url request.url url.original requestpath request_path uri cs-uri-stem httprequest.requesturl properties.requesturi properties.originalrequesturiwithargs url.path http.target path url req.path requesturi http.url',
  query:
    'args query_string querystring request_query url.query cs-uri-query properties.requestquery query req.querystring',
  host: 'request.host http_host req.headers.host request_host requesthost host authority :authority req.host req.hostname server_name vhost domain_name cs(host) properties.host server.address url.domain request.headers.host',
  route: 'http.route route req.route routeroptions.url routepattern route_pattern',
  status:
    'status downstreamstatus res.statuscode response_code elb_status_code status_code statuscode http.response.status_code sc-status httprequest.status properties.httpstatus response.status response.status_code response http.status_code res.status originstatus code',
  request_bytes:
    'request_length bytes_received requestcontentsize bytes_read received_bytes http.request.body.bytes http.request.body.size httprequest.requestsize properties.receivedbytes cs-bytes req.headers.content-length request.headers.content-length',
  response_bytes:
    'body_bytes_sent size bytes_sent downstreamcontentsize sent_bytes http.response.body.bytes http.response.body.size res.headers.content-length httprequest.responsesize properties.sentbytes sc-bytes bytes content_length response_size responsesize response.size res.contentlength contentlength resp_headers.content-length',
  user_agent:
    'http_user_agent user_agent request.headers.user-agent req.headers.user-agent request_user-agent user-agent useragent user_agent.original cs(user-agent) httprequest.useragent properties.useragent agent req.useragent',
  user: 'remote_user user_id clientusername user.name user auth username remoteuser enduser.id req.user',
  service: 'service.name service_name service servicename app application',
  instance: 'service.instance.id hostname host.name pod pod_name instance',
  correlation: 'reqid req.id request_id',
} as const;

export type JsonField = keyof typeof NAMES;

export interface JsonName {
  readonly field: JsonField;
  /** Lower wins. */
  readonly rank: number;
}

const byPath = new Map<string, JsonName>();
for (const [field, names] of Object.entries(NAMES) as [JsonField, string][]) {
  for (const [rank, name] of names.split(' ').entries()) byPath.set(name, { field, rank });
}

/** First parts of all paths that go deeper, so that a walk only enters objects in which something may be found. */
const prefixes = new Set<string>();
for (const path of byPath.keys()) {
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) prefixes.add(path.slice(0, dot));
}

/** The field that a dotted path holds. */
export function jsonNameOf(path: string): JsonName | undefined {
  return byPath.get(path) ?? byPath.get(path.toLowerCase());
}

/** Fields whose names also serve for words elsewhere (`status: "info"`): only numbers count. */
export function isNumeric(field: JsonField): boolean {
  return field === 'status' || field === 'request_bytes' || field === 'response_bytes';
}

export function mayHoldFields(path: string): boolean {
  return prefixes.has(path);
}
