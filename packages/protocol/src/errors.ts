/**
 * An error that a person or a program may have to tell from others. Match on `code`, which never changes; not with
 * `instanceof`, which fails across copies of a package. Every code has an entry in docs/errors.md.
 */
export class VedetteError extends Error {
  override readonly name: string = 'VedetteError';

  constructor(
    /** `VDT_…` */
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
