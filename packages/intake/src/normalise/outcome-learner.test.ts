import { describe, expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import type { RawRequest } from '../raw-request.js';
import { createNormaliser, type Normaliser } from './normaliser.js';

const START_MS = 1_764_000_000_000;

/** People who log in to a service, each from an address of their own. */
class Visitors {
  readonly normaliser: Normaliser;
  #nowMs = START_MS;
  #made = 0;

  constructor(normaliser = createNormaliser({ pseudonymKey: 'k' })) {
    this.normaliser = normaliser;
  }

  send(source: string, target: string, fields: Partial<RawRequest>) {
    this.#nowMs += 700;
    return this.normaliser.normalise(raw(target, { startMs: this.#nowMs, source, userAgent: 'Firefox', ...fields }));
  }

  /** One person: mistypes the password sometimes, then uses the service. Returns the outcomes as read. */
  person(answers: { readonly good: Partial<RawRequest>; readonly bad: Partial<RawRequest> }, slips: boolean) {
    const source = `198.51.${(this.#made >> 8) & 255}.${this.#made++ & 255}`;
    const outcomes: string[] = [];
    if (slips) outcomes.push(this.send(source, '/login', { method: 'POST', ...answers.bad }).authOutcome);
    outcomes.push(this.send(source, '/login', { method: 'POST', ...answers.good }).authOutcome);
    this.send(source, '/home', { responseBytes: 9000 });
    this.#nowMs += 200_000;
    return outcomes;
  }
}

function outcomesAfter(people: number, good: Partial<RawRequest>, bad: Partial<RawRequest>): string[] {
  const visitors = new Visitors();
  let last: string[] = [];
  for (let i = 0; i < people; i++) last = visitors.person({ good, bad }, i % 3 === 0 || i === people - 1);
  return last;
}

describe('a login that answers with one status both ways', () => {
  test.each([
    ['302, a few bytes apart', { status: 302, responseBytes: 27 }, { status: 302, responseBytes: 33 }],
    ['200, sizes apart', { status: 200, responseBytes: 880 }, { status: 200, responseBytes: 5344 }],
    ['302 and 200 (the form once more)', { status: 302, responseBytes: 0 }, { status: 200, responseBytes: 5344 }],
    ['302 and 200 without sizes', { status: 302 }, { status: 200 }],
  ])('%s: told once enough people were seen on both sides', (_name, good, bad) => {
    expect(outcomesAfter(5, good, bad)).toEqual(['', '']);
    expect(outcomesAfter(60, good, bad)).toEqual(['failure', 'success']);
  });

  test('the form comes back in the answer, the page behind it takes its place', () => {
    const visitors = new Visitors();
    let last: string[] = [];
    for (let i = 0; i < 120; i++) {
      const source = `192.0.2.${i}`;
      const post = (status: number) =>
        visitors.send(source, '/my-account', { method: 'POST', status, responseBytes: status === 200 ? 15_100 : 0 });
      const outcomes = i % 4 === 3 || i === 119 ? [post(200)] : [];
      outcomes.push(post(302), visitors.send(source, '/my-account', { responseBytes: 18_800 + (i % 9) }));
      visitors.send(source, '/my-account/orders', { responseBytes: 9000 });
      last = outcomes.map(({ authOutcome }) => authOutcome);
    }
    expect(last).toEqual(['failure', 'success', '']);
  });

  test('the login of WordPress is known', () => {
    const visitors = new Visitors();
    const post = (status: number, target = '/blog/wp-login.php') =>
      visitors.send('192.0.2.1', target, { method: 'POST', status }).authOutcome;
    expect([post(200), post(302), post(503)]).toEqual(['failure', 'success', '']);
    expect(post(200, '/wp-login.php?action=lostpassword')).toBe('success');
  });

  describe('where both ways look alike', () => {
    const answer = { status: 302, responseBytes: 0 };

    test('the answer itself never tells', () => {
      expect(outcomesAfter(300, answer, answer)[0]).toBe('');
    });

    test('what the client does next does: back at the form it was refused, on another page let in', () => {
      const visitors = new Visitors();
      for (let i = 0; i < 60; i++) visitors.person({ good: answer, bad: answer }, i % 2 === 0);
      const said = (source: string, target: string, fields: Partial<RawRequest> = {}) => {
        const { authEvent, authOutcome, authFrom } = visitors.send(source, target, fields);
        return `${authEvent} ${authOutcome} ${authFrom}`;
      };
      const post = { method: 'POST', ...answer };
      expect(said('203.0.113.1', '/login', post)).toBe('login  inferred');
      expect(said('203.0.113.1', '/login?error')).toBe('login failure inferred');
      expect(said('203.0.113.1', '/login', post)).toBe('login  inferred');
      expect(said('203.0.113.1', '/home')).toBe('login success inferred');
      expect(said('203.0.113.1', '/home')).toBe('  ');
      // A program that only posts is refused one attempt before it is said.
      expect([1, 2, 3].map(() => said('203.0.113.2', '/login', post))).toEqual([
        'login  inferred',
        'login failure inferred',
        'login failure inferred',
      ]);
    });
  });

  test('sizes that vary on the good side are told by their class', () => {
    const visitors = new Visitors();
    for (let i = 0; i < 120; i++) {
      const good = { status: 200, responseBytes: 800 + ((i * 37) % 90) };
      visitors.person({ good, bad: { status: 200, responseBytes: 96 } }, i % 3 === 0);
    }
    const good = { status: 200, responseBytes: 803 };
    expect(visitors.person({ good, bad: { status: 200, responseBytes: 96 } }, true)).toEqual(['failure', 'success']);
  });

  test('one attacker who fails ten thousand times teaches no more than one visitor', () => {
    const visitors = new Visitors();
    for (let i = 0; i < 10_000; i++) {
      visitors.send('203.0.113.9', '/login', { method: 'POST', status: 200, responseBytes: 5344 });
    }
    for (let i = 0; i < 7; i++) {
      visitors.person({ good: { status: 200, responseBytes: 880 }, bad: {} }, false);
    }
    expect(
      visitors.send('203.0.113.9', '/login', { method: 'POST', status: 200, responseBytes: 5344 }).authOutcome,
    ).toBe('');
  });

  test('who got in is known by actor or session where the service shows them', () => {
    const visitors = new Visitors();
    const tell = (i: number, slips: boolean) => {
      const source = `198.51.100.${i}`;
      const outcomes: string[] = [];
      if (slips) {
        outcomes.push(visitors.send(source, '/login', { method: 'POST', status: 302, responseBytes: 33 }).authOutcome);
        // A public page in between says nothing.
        visitors.send(source, '/help', {});
      }
      outcomes.push(visitors.send(source, '/login', { method: 'POST', status: 302, responseBytes: 27 }).authOutcome);
      visitors.send(source, '/help', {});
      visitors.send(source, '/home', { session: `s${i}` });
      return outcomes;
    };
    for (let i = 0; i < 60; i++) tell(i, i % 2 === 0);
    expect(tell(99, true)).toEqual(['failure', 'success']);
  });
});

test('a service that refuses by status lets in with any other answer', () => {
  const visitors = new Visitors();
  const login = (status: number) => visitors.send('192.0.2.1', '/login', { method: 'POST', status }).authOutcome;
  expect(login(200)).toBe('');
  expect(login(401)).toBe('failure');
  expect([login(200), login(201), login(302)]).toEqual(['success', 'success', 'success']);
  expect(login(500)).toBe('');
});

test('forms that were filled in badly do not make 200 a success', () => {
  const visitors = new Visitors();
  const login = (status: number) =>
    visitors.send('192.0.2.1', '/login', { method: 'POST', status, responseBytes: 10 }).authOutcome;
  for (let i = 0; i < 200; i++) login(i % 50 === 7 ? 422 : 200);
  expect(login(200)).toBe('');
});

test('GraphQL logins are told apart from the other operations of their route', () => {
  const visitors = new Visitors();
  let last: string[] = [];
  for (let i = 0; i < 80; i++) {
    const source = `198.51.100.${i}`;
    const post = (graphqlOperation: string, responseBytes: number) =>
      visitors.send(source, '/graphql', { method: 'POST', route: '/graphql', graphqlOperation, responseBytes });
    last = i % 2 === 0 ? [post('SignIn', 131).authOutcome] : [];
    last.push(post('SignIn', 404).authOutcome);
    post('Viewer', 900);
  }
  expect(last).toEqual(['success']);
  const failed = visitors.send('203.0.113.1', '/graphql', {
    method: 'POST',
    route: '/graphql',
    graphqlOperation: 'SignIn',
    responseBytes: 131,
  });
  expect(failed.authOutcome).toBe('failure');
});

test('an outcome that the agent left open is filled in, and said to be inferred', () => {
  const visitors = new Visitors();
  const good = { status: 302, responseBytes: 27, authEvent: 'login', authIdentifier: 'a' } as const;
  const bad = { ...good, responseBytes: 33 };
  for (let i = 0; i < 60; i++) visitors.person({ good, bad }, i % 3 === 0);
  expect(visitors.send('203.0.113.1', '/login', { method: 'POST', ...bad })).toMatchObject({
    authOutcome: 'failure',
    authFrom: 'inferred',
    authIdentifier: 'a',
  });
});
