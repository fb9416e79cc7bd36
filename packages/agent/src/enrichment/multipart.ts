/** A field of a form that is no file. */
export interface MultipartField {
  readonly name: string;
  readonly value: string;
}

/** Parts that are looked at. */
const MAX_PARTS = 200;
/** Headers of a part that are read, characters. */
const MAX_HEADERS = 1024;
/** RFC 2046, 5.1.1: a boundary has 1 to 70 characters. */
const BOUNDARY = /^\s*multipart\/form-data\b.*?;\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))/i;
const NAME = /^content-disposition:\s*form-data\b[^\r\n]*?;\s*name=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s;"]+))/im;
const FILE = /^content-disposition:[^\r\n]*;\s*filename\*?=/im;

export function isMultipart(contentType: string): boolean {
  return /^\s*multipart\/form-data\b/i.test(contentType);
}

/**
 * Text fields of a `multipart/form-data` body (RFC 7578), also of one that was cut off: files and a field that the end
 * cuts are left out.
 *
 * @param prefix first characters of the body
 * @param contentType value of its `Content-Type`, which names the boundary
 */
export function multipartFields(prefix: string, contentType: string): readonly MultipartField[] {
  const match = BOUNDARY.exec(contentType.slice(0, 1024));
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return [];
  const fields: MultipartField[] = [];
  const delimiter = `--${boundary}`;
  let at = prefix.indexOf(delimiter);
  for (let parts = 0; at >= 0 && parts < MAX_PARTS; parts++) {
    const start = at + delimiter.length;
    if (prefix.startsWith('--', start)) break;
    const end = prefix.indexOf(`\r\n${delimiter}`, start);
    if (end < 0) break;
    const field = readPart(prefix.slice(start, end));
    if (field !== undefined) fields.push(field);
    at = end + 2;
  }
  return fields;
}

/** @param part headers and value, from the line end of the delimiter on */
function readPart(part: string): MultipartField | undefined {
  const blank = part.indexOf('\r\n\r\n');
  if (blank < 0) return undefined;
  const headers = part.slice(0, Math.min(blank, MAX_HEADERS));
  if (FILE.test(headers)) return undefined;
  const match = NAME.exec(headers);
  const name = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
  return name === undefined ? undefined : { name, value: part.slice(blank + 4) };
}
