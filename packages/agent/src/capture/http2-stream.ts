import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** A bare HTTP/2 stream, as `server.on('stream')` hands it out, read like a request. */
export class StreamRequest {
  readonly httpVersion = '2.0';
  readonly httpVersionMajor = 2;
  readonly method: string;
  readonly url: string;

  constructor(
    readonly stream: ServerHttp2Stream,
    readonly rawHeaders: readonly string[],
  ) {
    this.method = pseudoHeader(rawHeaders, ':method');
    this.url = pseudoHeader(rawHeaders, ':path');
  }

  /** What arrives passes here. */
  get push(): ServerHttp2Stream['push'] {
    return this.stream.push;
  }

  set push(push: ServerHttp2Stream['push']) {
    this.stream.push = push;
  }
}

/** The same stream read like a response. */
export class StreamResponse {
  constructor(readonly stream: ServerHttp2Stream) {}

  get headersSent(): boolean {
    return this.stream.headersSent;
  }

  get statusCode(): number {
    return Number(this.#sent?.[':status'] ?? 200);
  }

  /** @param name lower case; the stream keeps names as the service wrote them */
  getHeader(name: string): OutgoingHttpHeaders[string] {
    const sent = this.#sent;
    if (sent === undefined) return undefined;
    if (sent[name] !== undefined) return sent[name];
    const written = Object.keys(sent).find((key) => key.toLowerCase() === name);
    return written === undefined ? undefined : sent[written];
  }

  hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined;
  }

  get #sent(): OutgoingHttpHeaders | undefined {
    return this.stream.sentHeaders as OutgoingHttpHeaders | undefined;
  }
}

/** Pseudo headers come first (RFC 9113, 8.3). */
function pseudoHeader(raw: readonly string[], name: string): string {
  for (let at = 0; raw[at]?.startsWith(':'); at += 2) if (raw[at] === name) return raw[at + 1] ?? '';
  return '';
}
