import { expect, test } from 'vitest';
import { splitUrl } from './url-parts.js';

test.each([
  ['/a/b?c=d', '/a/b', 'c=d', ''],
  ['/a?b=/c?d', '/a', 'b=/c?d', ''],
  ['/a#b?c', '/a', '', ''],
  ['https://user:pw@API.example:8443/a?b#c', '/a', 'b', 'api.example'],
  ['http://[2001:db8::1]:80/', '/', '', '2001:db8::1'],
  ['https://a.example', '/', '', 'a.example'],
  ['https://a.example?x=1', '/', 'x=1', 'a.example'],
  ['/redirect/http://b.example/', '/redirect/http://b.example/', '', ''],
  ['*', '*', '', ''],
  ['', '', '', ''],
])('%s', (target, path, query, host) => {
  expect(splitUrl(target)).toEqual({ path, query, host });
});
