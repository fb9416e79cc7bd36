import { isLocale } from './locale.js';
import { RefusedPlaces, type SavedRefusals } from './refused-places.js';
import type { RouteTemplate } from './route-syntax.js';
import {
  extend,
  find,
  forgetSingles,
  hasRoom,
  known,
  type LearnedRoute,
  loadNode,
  MAX_LITERALS,
  Node,
  noteLength,
  type ParameterEdge,
  type SavedNode,
  saveNode,
  type Tree,
} from './route-tree.js';
import { type Shape, shapeOfSegment } from './segment-shape.js';

/** Services whose routes are learned; those past it stay without templates. */
const MAX_SERVICES = 512;
const MAX_DEPTH = 24;
const MAX_LITERAL = 96;
/** Different file endings that one parameter position may have. */
const MAX_SUFFIXES = 8;
/**
 * Word-like values under one parent become a parameter from this many on. An API's own words below one parent (its
 * resources) are seldom more than a few dozen; below the root, and where calls are writes (RPC style), there are more.
 */
const SLUG_VALUES = 100;
const SLUG_VALUES_MANY = 400;
/**
 * …or from this many on below a plural (`/products/…`) where nearly all are names put together (`blue-shirt-xl`): the
 * words that an API has of its own below a collection are few, and verbs.
 */
const COMPOUND_VALUES = 25;
const COMPOUND_SHARE = 0.8;
/** …or from this many on below a plural where most of them are followed by the same word (`/shops/…/items`). */
const ALIKE_VALUES = 8;
const ALIKE_SHARE = 0.6;
/** Languages or countries under one parent after which the place is a parameter (`/de/…`, `/fr/…`, `/pt-br/…`). */
const LOCALES = 3;
const LOCALE_DEPTH = 2;
/**
 * …where at least this share of them was seen once. A closed set of words under Zipf's law has shown about a third of
 * its seen words once by the time that half of them were seen, and fewer later; an open one keeps above a half.
 */
const SLUG_SINGLE_SHARE = 0.5;
/** …and unknown words under the parent were answered 404 at most this often per known one. */
const SLUG_MISS_SHARE = 0.2;
/** A word with this share of the traffic under its parent (and 20 requests) stays a literal: `/products/search`. */
const POPULAR_SHARE = 0.05;
const POPULAR_HITS = 20;

/**
 * Learns route templates from the paths that services answer, where spans carry none.
 *
 * Whether a segment is a parameter is decided per position: an id-shaped segment always is; a word is a literal, until
 * many different words were seen under the same parent, most of them once, nearly all of them answered. Only answers
 * that show that a path exists teach: 2xx, 304, a redirect after a write, 409 and 422, a refused login, a refusal that
 * comes again and again. Never a 404. Places that refuse everybody have routes of their own; see `RefusedPlaces`.
 */
export class RouteLearner {
  readonly #trees = new Map<string, Tree>();
  readonly #refused = new RefusedPlaces();

  /** The template of a request without one, or `undefined` while unknown. Teaches where the status allows it. */
  observe(service: string, segments: readonly string[], answer: Answer): LearnedRoute | undefined {
    const tree = this.#tree(service);
    if (tree === undefined || segments.length > MAX_DEPTH) return undefined;
    if (teaches(answer)) {
      const taught = this.#teach(tree, segments, answer.method !== 'GET' && answer.method !== 'HEAD');
      if (taught !== undefined) return taught.route;
    }
    const found = find(tree, segments, answer.status === 404);
    if (found !== undefined) return found.route;
    this.#refused.noteUnknown(service, answer.status);
    if (answer.status !== 401 && answer.status !== 403) return undefined;
    if (this.#refused.isRefusedAgainAndAgain(service, segments)) return this.#teach(tree, segments, false)?.route;
    return this.#refused.place(service, segments);
  }

  /** Takes over a template that a service's framework knows, for its requests that come without. */
  teachTemplate(service: string, template: RouteTemplate): void {
    const tree = this.#tree(service);
    if (tree === undefined || template.segments.length > MAX_DEPTH) return;
    let node = tree.root;
    for (const segment of template.segments) {
      if (segment.splat) return;
      const next =
        segment.parameter === ''
          ? this.#literal(tree, node, segment.text)
          : this.#parameter(tree, node, { name: segment.parameter, suffix: '', accepts: 'framework' });
      if (next === undefined) return;
      node = next;
      // What a framework says is never forgotten as a word that was seen once.
      if (node.hits < 2) node.hits = 2;
    }
    node.terminal = true;
  }

  save(): SavedRoutes {
    return {
      trees: [...this.#trees].map(([service, tree]) => [service, tree.sincePruned, saveNode(tree.root)]),
      refused: this.#refused.save(),
    };
  }

  load(saved: SavedRoutes): void {
    for (const [service, sincePruned, root] of saved.trees) {
      const tree = this.#tree(service);
      if (tree === undefined) break;
      tree.sincePruned = sincePruned;
      loadNode(tree, tree.root, root);
    }
    this.#refused.load(saved.refused);
  }

  #tree(service: string): Tree | undefined {
    const known = this.#trees.get(service);
    if (known !== undefined || this.#trees.size >= MAX_SERVICES) return known;
    const tree: Tree = { root: new Node({ text: '/', parameters: [], suffixes: [] }, 0), nodes: 1, sincePruned: 0 };
    this.#trees.set(service, tree);
    return tree;
  }

  #teach(tree: Tree, segments: readonly string[], isWrite: boolean): Node | undefined {
    let node = tree.root;
    for (const segment of segments) {
      node.hits++;
      if (isWrite) node.writes++;
      let next = known(node, segment);
      if (next === undefined) {
        // A new branch only grows where no known template fits the whole path.
        const found = find(tree, segments, false);
        if (found !== undefined) return found;
        next = this.#grow(tree, node, segment);
      }
      if (next === undefined) return undefined;
      node = next;
    }
    node.hits++;
    node.terminal = true;
    return node;
  }

  #grow(tree: Tree, node: Node, segment: string): Node | undefined {
    const { shape, suffix } = shapeOfSegment(segment);
    if (shape !== 'word') {
      const child = this.#parameter(tree, node, { name: parameterFor(shape), suffix, accepts: 'ids' });
      if (shape === 'token') noteLength(node, suffix, segment);
      return child;
    }
    const added = this.#literal(tree, node, segment);
    if (added === undefined) return undefined;
    if (node.depth <= LOCALE_DEPTH && isLocale(segment) && this.#isLocalePosition(node)) {
      return this.#collapse(tree, node, LOCALE, segment);
    }
    const slugs = slugsBelow(node);
    return slugs === undefined ? added : this.#collapse(tree, node, { ...SLUG, takes: slugs }, segment);
  }

  #isLocalePosition(node: Node): boolean {
    let locales = 0;
    for (const text of node.literals!.keys()) if (isLocale(text)) locales++;
    return locales >= LOCALES;
  }

  #literal(tree: Tree, node: Node, text: string): Node | undefined {
    node.literals ??= new Map();
    const key = text.toLowerCase();
    const there = node.literals.get(key);
    if (there !== undefined) return there;
    if (text.length > MAX_LITERAL) return undefined;
    if (node.literals.size >= MAX_LITERALS) forgetSingles(tree, node);
    if (node.literals.size >= MAX_LITERALS || !hasRoom(tree)) return undefined;
    const child = new Node(extend(node.route, text, '', ''), node.depth + 1);
    node.literals.set(key, child);
    tree.nodes++;
    tree.sincePruned++;
    return child;
  }

  #parameter(tree: Tree, node: Node, edge: NewEdge): Node | undefined {
    node.parameters ??= [];
    const isLocale = edge.accepts === 'locale';
    const there = node.parameters.find(
      ({ suffix, accepts }) => suffix === edge.suffix && (accepts === 'locale') === isLocale,
    );
    if (there !== undefined) {
      if (edge.accepts !== 'ids' && there.accepts !== 'any') there.accepts = edge.accepts;
      return there.node;
    }
    if (node.parameters.length >= MAX_SUFFIXES || !hasRoom(tree)) return undefined;
    const child = new Node(extend(node.route, `{${edge.name}}${edge.suffix}`, edge.name, edge.suffix), node.depth + 1);
    node.parameters.push({ name: edge.name, suffix: edge.suffix, accepts: edge.accepts, tokenLength: 0, node: child });
    tree.nodes++;
    tree.sincePruned++;
    return child;
  }

  /** Makes one parameter of the words under a node that it takes; returns where the word just seen went. */
  #collapse(tree: Tree, node: Node, edge: NewEdge & { readonly takes: Takes }, segment: string): Node | undefined {
    const key = segment.toLowerCase();
    const into = this.#parameter(tree, node, edge);
    if (into === undefined) return node.literals!.get(key);
    for (const [text, child] of node.literals!) {
      if (!edge.takes(text, child)) continue;
      node.literals!.delete(text);
      this.#merge(tree, child, into);
    }
    return node.literals!.get(key) ?? into;
  }

  #merge(tree: Tree, from: Node, into: Node): void {
    tree.nodes--;
    into.hits += from.hits;
    into.writes += from.writes;
    into.misses += from.misses;
    into.terminal ||= from.terminal;
    for (const [text, child] of from.literals ?? []) {
      const target = this.#literal(tree, into, text);
      if (target !== undefined) this.#merge(tree, child, target);
    }
    for (const edge of from.parameters ?? []) {
      const target = this.#parameter(tree, into, edge);
      if (target !== undefined) this.#merge(tree, edge.node, target);
    }
  }
}

type NewEdge = Pick<ParameterEdge, 'name' | 'suffix' | 'accepts'>;
/** Whether a word is a value of the parameter that its place becomes. */
type Takes = (text: string, node: Node) => boolean;

const SLUG: NewEdge = { name: 'slug', suffix: '', accepts: 'any' };
const LOCALE = { name: 'locale', suffix: '', accepts: 'locale', takes: isLocale } as const;

/** Serialisable. */
export interface SavedRoutes {
  readonly trees: readonly (readonly [service: string, sincePruned: number, root: SavedNode])[];
  readonly refused: SavedRefusals;
}

/** The literal that leads to a node is a plural, and no word for what a program offers (`settings`, `actions`). */
function isCollection(node: Node): boolean {
  if (node.depth === 0 || node.route.parameters.at(-1) !== '') return false;
  const word = node.route.text.slice(node.route.text.lastIndexOf('/') + 1).toLowerCase();
  return /[a-z]{3}s$/.test(word) && !/(?:ss|us|is)$/.test(word) && !NO_COLLECTIONS.has(word);
}

const NO_COLLECTIONS = new Set(
  'settings preferences options actions tools stats statistics analytics metrics reports charts docs functions methods services features flags permissions hooks webhooks callbacks utils operations commands queries news'.split(
    ' ',
  ),
);

/**
 * Which of the words below a node are values of a parameter; `undefined` where they are not, or not yet. Asked when a
 * word was added; long lists are looked at only at a few sizes, so that adding stays cheap.
 */
function slugsBelow(node: Node): Takes | undefined {
  const literals = node.literals!;
  const { size } = literals;
  if (size < ALIKE_VALUES || node.misses > size * SLUG_MISS_SHARE) return undefined;
  const isWritten = node.writes * 2 > node.hits;
  if (!isWritten && size < SLUG_VALUES && isCollection(node)) {
    const follower = commonFollower(literals);
    if (follower !== undefined) return (_text, child) => child.literals?.has(follower) === true || child.hits <= 1;
    if (size >= COMPOUND_VALUES && hasCompounds(literals)) return isCompound;
  }
  const least = node.depth === 0 || isWritten ? SLUG_VALUES_MANY : SLUG_VALUES;
  if (size < least || size % 10 !== 0) return undefined;
  let singles = 0;
  for (const child of literals.values()) if (child.hits <= 1) singles++;
  if (singles < size * SLUG_SINGLE_SHARE) return undefined;
  const popular = Math.max(POPULAR_HITS, node.hits * POPULAR_SHARE);
  return (_text, child) => child.hits < popular;
}

/** Nearly all words are names put together. */
function hasCompounds(literals: ReadonlyMap<string, Node>): boolean {
  let compounds = 0;
  for (const text of literals.keys()) if (isCompound(text)) compounds++;
  return compounds >= literals.size * COMPOUND_SHARE;
}

function isCompound(text: string): boolean {
  return /[a-z0-9][-_.+~%][a-z0-9]|[a-z]\d|\d[a-z]/.test(text);
}

/** The word that follows most of the words. The one that was added last has none yet. */
function commonFollower(literals: ReadonlyMap<string, Node>): string | undefined {
  const followers = new Map<string, number>();
  for (const child of literals.values()) {
    for (const text of child.literals?.keys() ?? []) followers.set(text, (followers.get(text) ?? 0) + 1);
  }
  const least = Math.max(ALIKE_VALUES - 1, (literals.size - 1) * ALIKE_SHARE);
  for (const [text, count] of followers) if (count >= least) return text;
  return undefined;
}

/** Name under which an id-shaped segment becomes a parameter. */
function parameterFor(shape: Shape): string {
  return shape === 'date' ? 'date' : 'id';
}

/** What a request was answered. */
export interface Answer {
  readonly method: string;
  readonly status: number;
  /** True for what looks like a login: its refusal is an answer, too. */
  readonly isAttempt: boolean;
}

/** Whether an answer shows that its path is one that the service knows. */
function teaches({ method, status, isAttempt }: Answer): boolean {
  if (isAttempt && (status === 400 || status === 401 || status === 403 || status === 429)) return true;
  if ((status >= 200 && status < 300) || status === 304 || status === 409 || status === 422) return true;
  return (status === 302 || status === 303) && method !== 'GET' && method !== 'HEAD';
}
