import { VedetteError } from '@vedette/protocol';

/** An error whose message may be shown to the client that caused it. */
export class HttpError extends VedetteError {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    code: string,
    message: string,
  ) {
    super(code, message);
  }
}

/** Answer to an id that names nothing. */
export function notFound(what: string): HttpError {
  return new HttpError(404, 'VDT_NOT_FOUND', `${what} does not exist`);
}
