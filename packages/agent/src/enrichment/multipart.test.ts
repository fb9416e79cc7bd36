import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classifyAuth, readCredentials } from './credentials.js';
import { multipartFields } from './multipart.js';

const TYPE = 'multipart/form-data; boundary=----x';

async function encode(form: FormData): Promise<{ readonly type: string; readonly body: string }> {
  const response = new Response(form);
  return { type: response.headers.get('content-type') ?? '', body: await response.text() };
}

function formOf(entries: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(entries)) form.append(name, value);
  return form;
}

test('a login form is a login, with the account', async () => {
  const { type, body } = await encode(formOf({ csrf: 'x', 'user[email]': 'bob@example.com', password: 'hunter2' }));
  const credentials = readCredentials(body, type);
  expect(credentials).toMatchObject({ identifier: 'bob@example.com', hasPassword: true, fieldCount: 3 });
  expect(classifyAuth('POST', '/enter', credentials)).toBe('login');
});

test('files are left out, and so is what the end cuts', async () => {
  const { type, body } = await encode(
    formOf({ name: 'bob', photo: new Blob(['content-disposition: form-data; name="email"']), note: 'last' }),
  );
  expect(multipartFields(body, type)).toEqual([
    { name: 'name', value: 'bob' },
    { name: 'note', value: 'last' },
  ]);
  const cut = body.slice(0, body.indexOf('last') + 2);
  expect(multipartFields(cut, type)).toEqual([{ name: 'name', value: 'bob' }]);
});

test.each([
  ['', TYPE],
  ['------x', TYPE],
  ['------x\r\n\r\n\r\n------x--', TYPE],
  ['------x\r\ncontent-disposition: form-data\r\n\r\nv\r\n------x--', TYPE],
  ['------x\r\ncontent-disposition: form-data; name="a"\r\n\r\nv\r\n------x--', 'multipart/form-data'],
  ['------x\r\ncontent-disposition: form-data; name="a"\r\n\r\nv\r\n------x--', 'multipart/form-data; boundary='],
])('%j with %j says nothing', (body, type) => {
  expect(multipartFields(body, type)).toEqual([]);
});

test('quoted boundaries and names', () => {
  const body = '--a b\r\nContent-Disposition: form-data; name="e\\"mail"\r\n\r\nbob\r\n--a b--\r\n';
  expect(multipartFields(body, 'multipart/form-data; charset=utf-8; boundary="a b"')).toEqual([
    { name: 'e"mail', value: 'bob' },
  ]);
});

test('reads back what another encoder writes, and any prefix of it without error', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !/[\r\n"\\]/.test(value));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 6 }), fc.nat(2_000), async (entries, cut) => {
      const form = new FormData();
      for (const [name, value] of entries) form.append(name, value);
      const { type, body } = await encode(form);
      const fields = multipartFields(body, type);
      expect(fields).toEqual(Array.from(form, ([name, value]) => ({ name, value })));
      const some = multipartFields(body.slice(0, cut), type);
      expect(fields.slice(0, some.length)).toEqual(some);
    }),
    { numRuns: 50 },
  );
});
