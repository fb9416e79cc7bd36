import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { FairGate, type FairTicket } from './fair-gate.js';

const gateOf = (over: Partial<ConstructorParameters<typeof FairGate>[0]> = {}) =>
  new FairGate({ maxActiveBytes: 100, maxUndecoded: 1_000, maxHeldBytes: 1_000, maxWaitMs: 60_000, ...over });

/** A body of 10 bytes that waits or is let in; `order` gets its name when it is. */
function send(gate: FairGate, name: string, order: string[], bytes = 10) {
  const [token = '', sender = ''] = name.split('/');
  const ticket = gate.open({ token, sender }, () => {});
  const isHeld = ticket.hold(bytes);
  const admitted = isHeld ? ticket.admit(bytes) : Promise.resolve(false);
  void admitted.then((isAdmitted) => isAdmitted && order.push(name));
  return { ticket, admitted, isHeld };
}

test('while there is room nobody waits; a body larger than all room goes alone', async () => {
  const gate = gateOf();
  const large = send(gate, 'a', [], 500);
  expect(await large.admitted).toBe(true);
  const next = send(gate, 'b', []);
  expect(gate.waiting).toBe(1);
  large.ticket.close();
  expect(await next.admitted).toBe(true);
  next.ticket.close();
  next.ticket.close();
  expect([gate.waiting, gate.heldBytes, gate.activeBytes]).toEqual([0, 0, 0]);
});

test('one token with much to send and one with little take turns, whatever waits before them', async () => {
  const gate = gateOf({ maxActiveBytes: 10 });
  const order: string[] = [];
  const tickets = [
    ...Array.from({ length: 50 }, () => send(gate, 'noisy', order)),
    ...Array.from({ length: 5 }, () => send(gate, 'quiet', order)),
  ];
  await drain(gate, tickets, order);
  expect(order.slice(0, 12).filter((name) => name === 'quiet').length).toBeGreaterThanOrEqual(4);
});

/** Lets all that wait through, one at a time. */
async function drain(
  gate: FairGate,
  sent: readonly { ticket: FairTicket; admitted: Promise<boolean> }[],
  order: string[],
) {
  const open = new Set(sent);
  while (open.size > 0) {
    const before = order.length;
    for (const one of open) {
      void one.admitted.then(() => {
        one.ticket.close();
        open.delete(one);
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (order.length === before && gate.waiting > 0 && open.size > 0) throw new Error('stuck');
  }
}

test('within one token the senders take turns, and many senders get their token no more', async () => {
  const gate = gateOf({ maxActiveBytes: 10 });
  const order: string[] = [];
  const names = [
    ...Array.from({ length: 40 }, (_, i) => `crowd/${i % 8}`),
    ...Array.from({ length: 10 }, () => 'alone/1'),
    ...Array.from({ length: 10 }, () => 'crowd/quiet'),
  ];
  await drain(
    gate,
    names.map((name) => send(gate, name, order)),
    order,
  );
  expect(order).toHaveLength(60);
  const first20 = order.slice(0, 20);
  expect(first20.filter((name) => name === 'alone/1').length).toBeGreaterThanOrEqual(9);
  expect(order.slice(0, 40).filter((name) => name === 'crowd/quiet').length).toBeGreaterThanOrEqual(2);
});

test('shares are of bytes, not of bodies', async () => {
  const gate = gateOf({ maxActiveBytes: 10, maxHeldBytes: 100_000 });
  const order: string[] = [];
  const sent = [
    ...Array.from({ length: 20 }, () => send(gate, 'large', order, 100)),
    ...Array.from({ length: 20 }, () => send(gate, 'small', order, 10)),
  ];
  await drain(gate, sent, order);
  const until = order.lastIndexOf('small');
  expect(order.slice(0, until).filter((name) => name === 'large').length).toBeLessThanOrEqual(5);
});

test('where memory is short the one who holds most gives way, the newest first, and others keep their place', async () => {
  const gate = gateOf({ maxActiveBytes: 1, maxHeldBytes: 100 });
  const order: string[] = [];
  const first = send(gate, 'noisy', order);
  await first.admitted;
  const noisy = Array.from({ length: 10 }, () => send(gate, 'noisy', order));
  const over = send(gate, 'noisy', order);
  // Its own newest went for it, as it is the heaviest itself.
  expect(await noisy[9]!.admitted).toBe(false);
  const quiet = send(gate, 'quiet', order);
  expect(quiet.isHeld).toBe(true);
  expect(await over.admitted).toBe(false);
  expect(gate.heldBytes).toBeLessThanOrEqual(100);
  first.ticket.close();
  expect(await Promise.race([quiet.admitted, noisy[0]!.admitted])).toBe(true);
  for (const { ticket } of [...noisy, over, quiet]) ticket.close();
  expect([gate.waiting, gate.heldBytes, gate.activeBytes]).toEqual([0, 0, 0]);
});

test('a body that still arrives is told to stop where it has to give way', () => {
  const gate = gateOf({ maxHeldBytes: 100 });
  const evicted = vi.fn();
  const slow = gate.open({ token: 'a', sender: 'a' }, evicted);
  expect(slow.hold(90)).toBe(true);
  const other = gate.open({ token: 'b', sender: 'b' }, () => {});
  expect(other.hold(20)).toBe(true);
  expect(evicted).toHaveBeenCalledOnce();
  expect(slow.hold(1)).toBe(false);
  expect(other.hold(200)).toBe(false);
  slow.close();
  other.close();
  expect(gate.heldBytes).toBe(0);
});

test('no more are let in than can be decoded soon; who is decoded makes room for the next', async () => {
  const gate = gateOf({ maxUndecoded: 2 });
  const order: string[] = [];
  const [first, second, third] = ['a', 'a', 'b'].map((name) => send(gate, name, order, 1));
  expect(gate.waiting).toBe(1);
  first!.ticket.decoded();
  first!.ticket.decoded();
  expect(await third!.admitted).toBe(true);
  const fourth = send(gate, 'a', order, 1);
  expect(gate.waiting).toBe(1);
  second!.ticket.close();
  expect(await fourth.admitted).toBe(true);
  for (const one of [first, third, fourth]) one!.ticket.close();
  expect([gate.waiting, gate.heldBytes, gate.activeBytes]).toEqual([0, 0, 0]);
});

test('who waited too long is told so', async () => {
  const gate = gateOf({ maxActiveBytes: 10, maxWaitMs: 5 });
  const first = send(gate, 'a', []);
  expect(await send(gate, 'b', []).admitted).toBe(false);
  expect(gate.waiting).toBe(0);
  first.ticket.close();
});

test('bounds hold and nothing leaks, whatever is done in which order', async () => {
  const action = fc.record({
    kind: fc.constantFrom('open', 'hold', 'admit', 'resize', 'decoded', 'close'),
    token: fc.constantFrom('a', 'b', 'c'),
    sender: fc.constantFrom('x', 'y'),
    pick: fc.nat(30),
    bytes: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 120 }), async (actions) => {
      const gate = gateOf({ maxHeldBytes: 200, maxUndecoded: 3 });
      const tickets: FairTicket[] = [];
      const asked = new Set<FairTicket>();
      const pending: Promise<boolean>[] = [];
      for (const { kind, token, sender, pick, bytes } of actions) {
        const ticket = tickets[pick % Math.max(1, tickets.length)];
        if (kind === 'open') tickets.push(gate.open({ token, sender }, () => {}));
        else if (ticket === undefined) continue;
        else if (kind === 'hold' && !asked.has(ticket)) ticket.hold(bytes);
        else if (kind === 'admit' && !asked.has(ticket)) {
          asked.add(ticket);
          pending.push(ticket.admit(bytes));
        } else if (kind === 'decoded') ticket.decoded();
        else if (kind === 'resize') ticket.resize(bytes);
        else if (kind === 'close') {
          ticket.close();
          asked.add(ticket);
        }
        expect(gate.heldBytes).toBeLessThanOrEqual(200);
      }
      for (const ticket of tickets) ticket.close();
      await Promise.all(pending);
      expect([gate.waiting, gate.heldBytes, gate.activeBytes]).toEqual([0, 0, 0]);
    }),
  );
});
