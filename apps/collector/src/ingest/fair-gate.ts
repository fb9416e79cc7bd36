/** Whose requests they are: first tokens are equal among each other, then the senders that use one token. */
export interface Flow {
  readonly token: string;
  readonly sender: string;
}

export interface FairGateOptions {
  /** Bytes of inflated bodies that may be worked on at once: from inflating to durable. One body is always let in. */
  readonly maxActiveBytes: number;
  /** Bodies that may be let in and not be decoded yet: what is let in is worked on in the order in which it came. */
  readonly maxUndecoded: number;
  /** Bytes of bodies that may be held while they arrive and wait for their turn. */
  readonly maxHeldBytes: number;
  /** How long a body may wait for its turn, ms. Senders give up after 10 s (OTLP exporters' default). */
  readonly maxWaitMs: number;
}

/** One request on its way through the gate. {@link FairTicket.close} must be called, whatever happens. */
export interface FairTicket {
  /** Counts bytes that have arrived. @returns `false` where there is no room for them: the request is to be refused */
  hold(bytes: number): boolean;
  /** Waits for its turn. @returns `false` where it lost its place to others or waited too long */
  admit(activeBytes: number): Promise<boolean>;
  /** Corrects what {@link admit} was told, once it is known. */
  resize(activeBytes: number): void;
  /** It has been decoded; its bytes stay counted. */
  decoded(): void;
  close(): void;
}

interface Sender {
  readonly token: Token;
  readonly name: string;
  heldBytes: number;
  open: number;
  virtual: number;
  readonly waiting: Ticket[];
  readonly arriving: Set<Ticket>;
}

interface Token {
  readonly name: string;
  heldBytes: number;
  virtual: number;
  waiting: number;
  readonly senders: Map<string, Sender>;
}

/**
 * Shares what the collector can take at once: memory while bodies arrive and wait, and places among those worked on.
 *
 * Places are given by start-time fair queueing (Goyal, Vin, Cheng 1996) on two levels: next is the token, and within it
 * the sender, that has had least so far; who comes back from a rest begins at what the others have by now. Where memory is
 * short, the one who holds most gives way, the newest of its bodies first (as buffer stealing does in deficit round robin,
 * Shreedhar and Varghese 1995). So whoever asks for less than a fair share gets all of it, however much others send.
 */
export class FairGate {
  readonly #options: FairGateOptions;
  readonly #tokens = new Map<string, Token>();
  #activeBytes = 0;
  #heldBytes = 0;
  #waiting = 0;
  #undecoded = 0;
  /** What the one that was let in last had by then. */
  #virtual = 0;

  constructor(options: FairGateOptions) {
    this.#options = options;
  }

  /** Bodies that wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get activeBytes(): number {
    return this.#activeBytes;
  }

  /** @param onEvicted called where a body that still arrives has to give way: it shall stop and close */
  open(flow: Flow, onEvicted: () => void): FairTicket {
    let token = this.#tokens.get(flow.token);
    if (token === undefined) {
      token = { name: flow.token, heldBytes: 0, virtual: this.#virtual, waiting: 0, senders: new Map() };
      this.#tokens.set(flow.token, token);
    }
    let sender = token.senders.get(flow.sender);
    if (sender === undefined) {
      sender = {
        token,
        name: flow.sender,
        heldBytes: 0,
        open: 0,
        virtual: leastVirtual(token),
        waiting: [],
        arriving: new Set(),
      };
      token.senders.set(flow.sender, sender);
    }
    sender.open++;
    const ticket: Ticket = new Ticket(sender, onEvicted, {
      hold: (bytes) => this.#hold(ticket, bytes),
      admit: (bytes) => this.#admit(ticket, bytes),
      resize: (bytes) => this.#resize(ticket, bytes),
      decoded: () => {
        this.#endDecoding(ticket);
        this.#letNextIn();
      },
      close: () => this.#close(ticket),
    });
    sender.arriving.add(ticket);
    return ticket;
  }

  #hold(ticket: Ticket, bytes: number): boolean {
    if (ticket.isEvicted || ticket.isClosed) return false;
    this.#count(ticket, bytes);
    while (this.#heldBytes > this.#options.maxHeldBytes) {
      const victim = newestOf(this.#heaviest());
      if (victim === undefined) return false;
      this.#evict(victim);
      if (victim === ticket) return false;
    }
    return true;
  }

  #admit(ticket: Ticket, bytes: number): Promise<boolean> {
    const { sender } = ticket;
    sender.arriving.delete(ticket);
    if (ticket.isEvicted || ticket.isClosed) return Promise.resolve(false);
    ticket.activeBytes = bytes;
    if (this.#waiting === 0 && this.#hasRoom(bytes)) {
      this.#letIn(ticket);
      return Promise.resolve(true);
    }
    if (sender.waiting.length === 0) {
      if (sender.token.waiting === 0) sender.token.virtual = Math.max(sender.token.virtual, this.#virtual);
      sender.virtual = Math.max(sender.virtual, leastVirtual(sender.token));
    }
    sender.waiting.push(ticket);
    sender.token.waiting++;
    this.#waiting++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#leaveQueue(ticket, false), this.#options.maxWaitMs);
      ticket.settle = (isAdmitted) => {
        clearTimeout(timer);
        resolve(isAdmitted);
      };
    });
  }

  #leaveQueue(ticket: Ticket, isAdmitted: boolean): void {
    const { sender, settle } = ticket;
    const index = sender.waiting.indexOf(ticket);
    if (index < 0) return;
    sender.waiting.splice(index, 1);
    sender.token.waiting--;
    this.#waiting--;
    settle?.(isAdmitted);
  }

  #hasRoom(bytes: number): boolean {
    if (this.#undecoded >= this.#options.maxUndecoded) return false;
    return this.#activeBytes === 0 || this.#activeBytes + bytes <= this.#options.maxActiveBytes;
  }

  #endDecoding(ticket: Ticket): void {
    if (ticket.isUndecoded) this.#undecoded--;
    ticket.isUndecoded = false;
  }

  #letIn(ticket: Ticket): void {
    ticket.isActive = true;
    ticket.isUndecoded = true;
    this.#undecoded++;
    const { sender } = ticket;
    this.#virtual = Math.max(this.#virtual, sender.token.virtual);
    this.#charge(ticket, ticket.activeBytes);
    this.#count(ticket, -ticket.heldBytes);
  }

  #charge({ sender }: Ticket, bytes: number): void {
    this.#activeBytes += bytes;
    sender.virtual += bytes;
    sender.token.virtual += bytes;
  }

  #resize(ticket: Ticket, bytes: number): void {
    if (!ticket.isActive || ticket.isClosed) return;
    this.#charge(ticket, bytes - ticket.activeBytes);
    ticket.activeBytes = bytes;
  }

  #letNextIn(): void {
    while (this.#waiting > 0) {
      const token = least(this.#tokens.values(), (one) => one.waiting > 0);
      const sender = token && least(token.senders.values(), (one) => one.waiting.length > 0);
      const ticket = sender?.waiting[0];
      if (ticket === undefined || !this.#hasRoom(ticket.activeBytes)) return;
      this.#letIn(ticket);
      this.#leaveQueue(ticket, true);
    }
  }

  #evict(ticket: Ticket): void {
    ticket.isEvicted = true;
    this.#count(ticket, -ticket.heldBytes);
    if (ticket.sender.arriving.delete(ticket)) ticket.onEvicted();
    else this.#leaveQueue(ticket, false);
  }

  #count(ticket: Ticket, bytes: number): void {
    ticket.heldBytes += bytes;
    ticket.sender.heldBytes += bytes;
    ticket.sender.token.heldBytes += bytes;
    this.#heldBytes += bytes;
  }

  #heaviest(): Sender | undefined {
    const token = most(this.#tokens.values());
    return token && most(token.senders.values());
  }

  #close(ticket: Ticket): void {
    if (ticket.isClosed) return;
    ticket.isClosed = true;
    const { sender } = ticket;
    sender.arriving.delete(ticket);
    this.#leaveQueue(ticket, false);
    this.#count(ticket, -ticket.heldBytes);
    this.#endDecoding(ticket);
    if (ticket.isActive) this.#activeBytes -= ticket.activeBytes;
    if (--sender.open === 0) {
      sender.token.senders.delete(sender.name);
      if (sender.token.senders.size === 0) this.#tokens.delete(sender.token.name);
    }
    this.#letNextIn();
  }
}

/** A gate that keeps within this much memory, half of it for what arrives and waits. */
export function createGate(memoryMb: number): FairGate {
  const half = (memoryMb * 1024 ** 2) / 2;
  return new FairGate({ maxActiveBytes: half, maxHeldBytes: half, maxUndecoded: 256, maxWaitMs: 5_000 });
}

class Ticket implements FairTicket {
  heldBytes = 0;
  activeBytes = 0;
  isActive = false;
  isUndecoded = false;
  isEvicted = false;
  isClosed = false;
  settle: ((isAdmitted: boolean) => void) | null = null;
  readonly hold: FairTicket['hold'];
  readonly admit: FairTicket['admit'];
  readonly resize: FairTicket['resize'];
  readonly decoded: FairTicket['decoded'];
  readonly close: FairTicket['close'];

  constructor(
    readonly sender: Sender,
    readonly onEvicted: () => void,
    steps: FairTicket,
  ) {
    this.hold = steps.hold;
    this.admit = steps.admit;
    this.resize = steps.resize;
    this.decoded = steps.decoded;
    this.close = steps.close;
  }
}

function leastVirtual(token: Token): number {
  const waiting = least(token.senders.values(), (one) => one.waiting.length > 0);
  if (waiting !== undefined) return waiting.virtual;
  let greatest = 0;
  for (const { virtual } of token.senders.values()) greatest = Math.max(greatest, virtual);
  return greatest;
}

function least<T extends { readonly virtual: number }>(all: Iterable<T>, counts: (one: T) => boolean): T | undefined {
  let found: T | undefined;
  for (const one of all) if (counts(one) && (found === undefined || one.virtual < found.virtual)) found = one;
  return found;
}

function most<T extends { readonly heldBytes: number }>(all: Iterable<T>): T | undefined {
  let found: T | undefined;
  for (const one of all) if (found === undefined || one.heldBytes > found.heldBytes) found = one;
  return found;
}

/** The newest that waits, else the newest that arrives. */
function newestOf(sender: Sender | undefined): Ticket | undefined {
  if (sender === undefined) return undefined;
  return sender.waiting.at(-1) ?? [...sender.arriving].at(-1);
}
