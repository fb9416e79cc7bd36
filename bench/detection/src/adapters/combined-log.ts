import type { Exchange } from '../core/exchange.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One line of an access log in the combined format, as nginx and Apache write it. */
export function combinedLogLine(exchange: Exchange): string {
  const target = exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`;
  const user = exchange.logUser === '' ? '-' : exchange.logUser;
  const referer = exchange.referer === '' ? '-' : exchange.referer;
  return `${exchange.client.address} - ${user} [${logTime(exchange.startMs)}] "${exchange.method} ${target} HTTP/1.1" ${exchange.status} ${exchange.responseBytes} "${referer}" "${exchange.client.userAgent}"`;
}

function logTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
