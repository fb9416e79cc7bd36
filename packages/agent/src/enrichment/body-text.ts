import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import type { BodyPrefix } from '../capture/body-prefix.js';

/** Text that is taken out of a compressed prefix at most, bytes. */
const MAX_INFLATED = 64 * 1024;

/**
 * The beginning of a body as text. A compressed prefix is inflated as far as it goes, within a bound.
 *
 * @param encoding value of `Content-Encoding`
 * @returns `''` for an encoding that is not known, or a body that is not what it says
 */
export function bodyText(body: BodyPrefix, encoding: string): string {
  if (body.isEmpty) return '';
  try {
    switch (encoding.trim().toLowerCase()) {
      case '':
      case 'identity':
        return body.text;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body.prefix, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_INFLATED }).toString(
          'utf8',
        );
      case 'deflate':
        return inflateSync(body.prefix, {
          finishFlush: constants.Z_SYNC_FLUSH,
          maxOutputLength: MAX_INFLATED,
        }).toString('utf8');
      case 'br':
        return brotliDecompressSync(body.prefix, {
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
          maxOutputLength: MAX_INFLATED,
        }).toString('utf8');
      default:
        return '';
    }
  } catch {
    return '';
  }
}
