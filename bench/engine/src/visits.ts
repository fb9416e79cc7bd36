import { hashObjectId, type RequestEvent } from '@vedette/protocol';

/** An event while it is made. */
export type Draft = { -readonly [N in keyof RequestEvent]: RequestEvent[N] };

/** Who makes a request, at which step of their visit, and a source of chance. */
export interface Turn {
  readonly user: number;
  /** Requests that this user has made before. */
  readonly step: number;
  readonly random: () => number;
}

const PRODUCTS = 20_000;
const ORDERS_EACH = 40;
const PAGE = 20;
const DOCUMENTS_EACH = 12;
const CONTACTS_EACH = 400;

type Request = (event: Draft, turn: Turn) => void;

/** A visit to the shop: log in, look at own orders, search, look at what was found, buy. */
const SHOP: readonly Request[] = [
  login,
  profile,
  listOrders,
  readOrder,
  readOrder,
  search,
  readProduct,
  readProduct,
  asset,
  readProduct,
  addToCart,
  search,
  readProduct,
  checkout,
  asset,
  stray,
];

/** A stranger in the shop's catalogue. */
const CATALOGUE: readonly Request[] = [
  search,
  readProduct,
  asset,
  readProduct,
  readProduct,
  search,
  readProduct,
  asset,
  readProduct,
  readProduct,
  search,
  stray,
  readProduct,
  asset,
  readProduct,
  readOrder,
];

/** A team's documents by GraphQL: one route, the operation tells what is asked for. */
const WORKSPACE: readonly Request[] = [
  login,
  listDocuments,
  readDocument,
  readDocument,
  writeDocument,
  readDocument,
  listDocuments,
  readDocument,
  writeDocument,
  writeDocument,
  readDocument,
  readDocument,
  listDocuments,
  readDocument,
  poll,
  poll,
];

/** A partner's program with an API key: pages of contacts, then some of them. */
const PARTNER: readonly Request[] = [
  listContacts,
  readContact,
  readContact,
  readContact,
  writeContact,
  listContacts,
  readContact,
  readContact,
  readContact,
  readContact,
  listContacts,
  writeContact,
  readContact,
  readContact,
  readContact,
  poll,
];

export const VISIT_LENGTH = SHOP.length;

/** Which service a user uses, and how: of ten, five are customers of the shop, two strangers there, two in a team, one a partner's program. */
export function roleOf(user: number): { service: string; visit: readonly Request[]; kind: Draft['actorKind'] } {
  const role = user % 10;
  if (role < 5) return { service: 'shop', visit: SHOP, kind: 'user' };
  if (role < 7) return { service: 'shop', visit: CATALOGUE, kind: '' };
  if (role < 9) return { service: 'workspace', visit: WORKSPACE, kind: 'user' };
  return { service: 'partner-api', visit: PARTNER, kind: 'api_key' };
}

function login(event: Draft, turn: Turn): void {
  const isOk = turn.random() < 0.87;
  event.method = 'POST';
  event.path = event.route = '/login';
  event.status = isOk ? 200 : 401;
  event.requestBytes = 60 + (turn.user % 17);
  event.authEvent = 'login';
  event.authIdentifier = `i_${(turn.user * 69069).toString(36)}`;
  event.authOutcome = isOk ? 'success' : 'failure';
  event.authFrom = 'agent';
  event.authAttempts = 1;
}

function profile(event: Draft): void {
  event.path = event.route = '/me';
  event.sensitive = { email: 1 };
}

function listOrders(event: Draft, turn: Turn): void {
  event.path = event.route = '/orders';
  event.query = `page=${1 + (visitOf(turn) % 2)}`;
  event.handedOut = page(100_000 + turn.user * ORDERS_EACH + (visitOf(turn) % 2) * PAGE);
  event.responseBytes = 9_000;
}

function readOrder(event: Draft, turn: Turn): void {
  const first = 100_000 + turn.user * ORDERS_EACH + (visitOf(turn) % 2) * PAGE;
  ask(event, 'orders', '/orders', first + below(turn, PAGE));
  if (event.actor === '') event.status = 401;
}

function search(event: Draft, turn: Turn): void {
  event.path = event.route = '/products';
  event.query = `q=${(turn.user * 7 + visitOf(turn)) % 3_000}`;
  event.handedOut = page(popular(turn));
  event.responseBytes = 14_000;
}

function readProduct(event: Draft, turn: Turn): void {
  ask(event, 'products', '/products', popular(turn));
}

function addToCart(event: Draft): void {
  event.method = 'POST';
  event.path = event.route = '/cart/items';
  event.status = 201;
  event.requestBytes = 120;
}

function checkout(event: Draft): void {
  event.method = 'POST';
  event.path = event.route = '/checkout';
  event.requestBytes = 900;
}

function asset(event: Draft, turn: Turn): void {
  event.path = `/assets/app-${below(turn, 30)}.js`;
  event.route = '/assets/{file}';
}

/** An old bookmark, a typing error: one in three of these requests asks for what is not there. */
function stray(event: Draft, turn: Turn): void {
  if (turn.random() < 2 / 3) {
    readProduct(event, turn);
    return;
  }
  event.path = `/old/${below(turn, 5_000)}.html`;
  event.route = event.routeFrom = '';
  event.status = 404;
}

function listDocuments(event: Draft, turn: Turn): void {
  graphql(event, 'DocumentList');
  event.handedOut = Array.from({ length: DOCUMENTS_EACH }, (_, i) => hashObjectId(documentId(turn.user, i)));
}

function readDocument(event: Draft, turn: Turn): void {
  graphql(event, 'Document');
  const id = documentId(turn.user, below(turn, DOCUMENTS_EACH));
  event.objects = [{ kind: 'document', id, hash: hashObjectId(id) }];
}

function writeDocument(event: Draft, turn: Turn): void {
  readDocument(event, turn);
  event.operation = 'UpdateDocument';
  event.requestBytes = 2_000;
}

function graphql(event: Draft, operation: string): void {
  event.method = 'POST';
  event.path = event.route = '/graphql';
  event.operation = operation;
}

function listContacts(event: Draft, turn: Turn): void {
  const at = (visitOf(turn) * PAGE) % CONTACTS_EACH;
  event.path = event.route = '/v1/contacts';
  event.query = `offset=${at}&limit=${PAGE}`;
  event.handedOut = page(5_000_000 + turn.user * CONTACTS_EACH + at);
  event.sensitive = { email: PAGE };
}

function readContact(event: Draft, turn: Turn): void {
  const at = (visitOf(turn) * PAGE) % CONTACTS_EACH;
  ask(event, 'contacts', '/v1/contacts', 5_000_000 + turn.user * CONTACTS_EACH + at + below(turn, PAGE));
}

function writeContact(event: Draft, turn: Turn): void {
  readContact(event, turn);
  event.method = 'PUT';
  event.requestBytes = 400;
}

function poll(event: Draft): void {
  event.path = event.route = '/notifications';
  event.responseBytes = 40;
}

function ask(event: Draft, kind: string, place: string, number: number): void {
  const id = String(number);
  event.path = `${place}/${id}`;
  event.route = `${place}/{id}`;
  event.objects = [{ kind, id, hash: hashObjectId(id) }];
}

function page(first: number): number[] {
  return Array.from({ length: PAGE }, (_, i) => hashObjectId(String(first + i)));
}

function documentId(user: number, n: number): string {
  return `doc_${((user * DOCUMENTS_EACH + n) * 2654435761 + 12345).toString(36)}`;
}

/** Few products are looked at by many. */
function popular(turn: Turn): number {
  return Math.floor(turn.random() ** 2 * PRODUCTS);
}

function visitOf(turn: Turn): number {
  return Math.floor(turn.step / VISIT_LENGTH);
}

function below(turn: Turn, limit: number): number {
  return Math.floor(turn.random() * limit);
}
