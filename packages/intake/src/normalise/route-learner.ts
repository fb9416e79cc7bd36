import { BoundedCache } from '../bounded-cache.js';
import type { RouteTemplate } from './route-syntax.js';
import { type Shape, shapeOf } from './segment-shape.js';

/** A template learned from raw paths. */
export interface LearnedRoute {
  readonly text: string;
  /** Per segment the name of its parameter, `''` for a literal. */
  readonly parameters: readonly string[];
  /** Per segment the literal end of a parameter (`.pdf`), else `''`. */
  readonly suffixes: readonly string[];
}

/** Services whose routes are learned; those past it stay without templates. */
const MAX_SERVICES = 512;
/** Nodes (literal or parameter segments) kept of one service: about 200 bytes each. */
const MAX_NODES = 16_384;
/** Nodes added between two prunings of a full tree, so that no stream of new paths makes each request walk it. */
const PRUNE_AFTER = 2048;
const MAX_DEPTH = 24;
const MAX_LITERAL = 96;
/** Children of one node that are literals; when full, those seen once make room. */
const MAX_LITERALS = 1024;
/** Different file endings that one parameter position may have. */
const MAX_SUFFIXES = 8;
/** Steps of one look-up, so that no tree can make it slow. */
const MAX_STEPS = 256;

/**
 * Word-like values under one parent become a parameter from this many on. An API's own words below one parent (its
 * resources) are seldom more than a few dozen; below the root, and where calls are writes (RPC style), there are more.
 */
const SLUG_VALUES = 100;
const SLUG_VALUES_MANY = 400;
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

/** Ids after which the length that they share is believed. */
const TOKENS_FOR_LENGTH = 5;
/**
 * A path that was refused (401, 403) this often exists: a client of the service asks for it again and again. A scanner
 * asks once.
 */
const REFUSALS = 20;
/** Refused paths counted, all services together. */
const REFUSED_KEPT = 4096;
const MAX_REFUSED_KEY = 300;

class Node {
  literals: Map<string, Node> | undefined = undefined;
  parameters: ParameterEdge[] | undefined = undefined;
  /** Teaching requests that went through. */
  hits = 0;
  /** Those of them that were no GET or HEAD. */
  writes = 0;
  /** Unknown words below this node that were answered 404. */
  misses = 0;
  /** True where a known route ends. */
  terminal = false;

  constructor(
    readonly route: LearnedRoute,
    readonly depth: number,
  ) {}
}

interface ParameterEdge {
  readonly name: string;
  readonly suffix: string;
  /**
   * `ids`: only what has the shape of an id; `any`: words too, as learned; `framework`: words too where the whole path
   * then fits a known template.
   */
  accepts: 'ids' | 'any' | 'framework';
  /** Length that all random ids seen here have (nanoid, base62, …); 0 before the first, -1 where they differ. */
  tokenLength: number;
  readonly node: Node;
}

interface Tree {
  readonly root: Node;
  nodes: number;
  /** Nodes that may be added before a full tree is pruned again. */
  sincePruned: number;
}

/**
 * Learns route templates from the paths that services answer, where spans carry none.
 *
 * Whether a segment is a parameter is decided per position: an id-shaped segment always is; a word is a literal, until
 * many different words were seen under the same parent, most of them once, nearly all of them answered. Only answers
 * that show that a path exists teach: 2xx, 304, a redirect after a write, 409 and 422, a refused login, a refusal that
 * comes again and again. Never a 404.
 */
export class RouteLearner {
  readonly #trees = new Map<string, Tree>();
  readonly #refused = new BoundedCache<string, number>(REFUSED_KEPT);

  /** The template of a request without one, or `undefined` while unknown. Teaches where the status allows it. */
  observe(service: string, segments: readonly string[], answer: Answer): LearnedRoute | undefined {
    const tree = this.#tree(service);
    if (tree === undefined || segments.length > MAX_DEPTH) return undefined;
    if (teaches(answer)) {
      const taught = this.#teach(tree, segments, answer.method !== 'GET' && answer.method !== 'HEAD');
      if (taught !== undefined) return taught.route;
    }
    const found = find(tree, segments, answer.status === 404);
    if (found !== undefined || !this.#isRefusedAgainAndAgain(service, segments, answer.status)) return found?.route;
    return this.#teach(tree, segments, false)?.route;
  }

  #isRefusedAgainAndAgain(service: string, segments: readonly string[], status: number): boolean {
    if (status !== 401 && status !== 403) return false;
    let key = service;
    for (const segment of segments) key += `/${shapeOfSegment(segment).shape === 'word' ? segment : '{}'}`;
    if (key.length > MAX_REFUSED_KEY) return false;
    const count = (this.#refused.get(key) ?? 0) + 1;
    this.#refused.set(key, count);
    return count >= REFUSALS;
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
    return added !== undefined && this.#isSlugPosition(node) ? this.#collapse(tree, node, segment) : added;
  }

  #literal(tree: Tree, node: Node, text: string): Node | undefined {
    node.literals ??= new Map();
    const there = node.literals.get(text);
    if (there !== undefined) return there;
    if (text.length > MAX_LITERAL) return undefined;
    if (node.literals.size >= MAX_LITERALS) forgetSingles(tree, node);
    if (node.literals.size >= MAX_LITERALS || !hasRoom(tree)) return undefined;
    const child = new Node(extend(node.route, text, '', ''), node.depth + 1);
    node.literals.set(text, child);
    tree.nodes++;
    tree.sincePruned++;
    return child;
  }

  #parameter(tree: Tree, node: Node, edge: Pick<ParameterEdge, 'name' | 'suffix' | 'accepts'>): Node | undefined {
    node.parameters ??= [];
    const there = node.parameters.find((candidate) => candidate.suffix === edge.suffix);
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

  /** Asked when a word was added; counts only at a few sizes, so that adding stays cheap. */
  #isSlugPosition(node: Node): boolean {
    const literals = node.literals!;
    const least = node.depth === 0 || node.writes * 2 > node.hits ? SLUG_VALUES_MANY : SLUG_VALUES;
    if (literals.size < least || literals.size % 10 !== 0) return false;
    if (node.misses > literals.size * SLUG_MISS_SHARE) return false;
    let singles = 0;
    for (const child of literals.values()) if (child.hits <= 1) singles++;
    return singles >= literals.size * SLUG_SINGLE_SHARE;
  }

  /** Makes one parameter of the words under a node; returns where the word just seen went. */
  #collapse(tree: Tree, node: Node, segment: string): Node | undefined {
    const into = this.#parameter(tree, node, { name: 'slug', suffix: '', accepts: 'any' });
    if (into === undefined) return node.literals!.get(segment);
    const popular = Math.max(POPULAR_HITS, node.hits * POPULAR_SHARE);
    for (const [text, child] of node.literals!) {
      if (child.hits >= popular) continue;
      node.literals!.delete(text);
      this.#merge(tree, child, into);
    }
    return into;
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

/** Where a segment of an answered path leads, if that is known. */
function known(node: Node, segment: string): Node | undefined {
  const literal = node.literals?.get(segment);
  if (literal !== undefined || node.parameters === undefined) return literal;
  const { shape, suffix } = shapeOfSegment(segment);
  for (const edge of node.parameters) {
    if (shape === 'word' ? edge.accepts === 'any' || isLikeItsTokens(edge, segment) : edge.suffix === suffix) {
      if (shape === 'token') noteLength(node, suffix, segment);
      return edge.node;
    }
  }
  return undefined;
}

/** Random ids now and then hold no digit and look like a word: told by the length that all ids of the place share. */
function isLikeItsTokens(edge: ParameterEdge, segment: string): boolean {
  return edge.suffix === '' && edge.tokenLength === segment.length && edge.node.hits >= TOKENS_FOR_LENGTH;
}

function noteLength(node: Node, suffix: string, segment: string): void {
  const edge = node.parameters?.find((candidate) => candidate.suffix === suffix);
  if (edge === undefined || edge.tokenLength === segment.length) return;
  edge.tokenLength = edge.tokenLength === 0 ? segment.length : -1;
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

/** A segment's shape, without its file ending where the rest is an id (`17.pdf`). */
export function shapeOfSegment(segment: string): { readonly shape: Shape; readonly suffix: string } {
  const dot = segment.lastIndexOf('.');
  if (dot > 0 && segment.length - dot <= 6 && isEnding(segment, dot + 1)) {
    const shape = shapeOf(segment.slice(0, dot));
    if (shape !== 'word' && shape !== 'secret') return { shape, suffix: segment.slice(dot) };
  }
  return { shape: shapeOf(segment), suffix: '' };
}

function isEnding(text: string, start: number): boolean {
  if (start >= text.length) return false;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
    if (!letter && !(i > start && code >= 48 && code <= 57)) return false;
  }
  return true;
}

function find(tree: Tree, segments: readonly string[], isMiss: boolean): Node | undefined {
  let steps = 0;
  let deepest = tree.root;
  let wordMissed = false;
  const walk = (node: Node, at: number): Node | undefined => {
    if (at === segments.length) return node.terminal ? node : undefined;
    if (++steps > MAX_STEPS) return undefined;
    const segment = segments[at]!;
    const literal = node.literals?.get(segment);
    if (literal !== undefined) {
      const found = walk(literal, at + 1);
      if (found !== undefined) return found;
    }
    const { shape, suffix } = shapeOfSegment(segment);
    for (const edge of node.parameters ?? []) {
      const isWord = shape === 'word' && !isLikeItsTokens(edge, segment);
      if (edge.accepts === 'ids' && (isWord || edge.suffix !== suffix)) continue;
      if (edge.suffix !== '' && !segment.endsWith(edge.suffix)) continue;
      const found = walk(edge.node, at + 1);
      if (found !== undefined) return found;
    }
    if (literal === undefined && shape === 'word' && node.depth >= deepest.depth) {
      deepest = node;
      wordMissed = true;
    }
    return undefined;
  };
  const found = walk(tree.root, 0);
  if (found === undefined && isMiss && wordMissed) deepest.misses++;
  return found;
}

function extend(route: LearnedRoute, text: string, parameter: string, suffix: string): LearnedRoute {
  return {
    text: route.text === '/' ? `/${text}` : `${route.text}/${text}`,
    parameters: [...route.parameters, parameter],
    suffixes: [...route.suffixes, suffix],
  };
}

/** Forgets the older half of the words that were seen once. */
function forgetSingles(tree: Tree, node: Node): void {
  let singles = 0;
  for (const child of node.literals!.values()) if (child.hits <= 1) singles++;
  let left = Math.ceil(singles / 2);
  for (const [text, child] of node.literals!) {
    if (left === 0) return;
    if (child.hits > 1) continue;
    node.literals!.delete(text);
    tree.nodes -= sizeOf(child);
    left--;
  }
}

/** Whether a node may be added; a full tree first forgets what was seen once. */
function hasRoom(tree: Tree): boolean {
  if (tree.nodes < MAX_NODES) return true;
  if (tree.sincePruned < PRUNE_AFTER) return false;
  tree.sincePruned = 0;
  prune(tree.root);
  tree.nodes = sizeOf(tree.root);
  return tree.nodes < MAX_NODES;
}

function prune(node: Node): void {
  for (const [text, child] of node.literals ?? []) {
    if (child.hits <= 1) node.literals!.delete(text);
    else prune(child);
  }
  for (const edge of node.parameters ?? []) prune(edge.node);
}

function sizeOf(node: Node): number {
  let size = 1;
  for (const child of node.literals?.values() ?? []) size += sizeOf(child);
  for (const edge of node.parameters ?? []) size += sizeOf(edge.node);
  return size;
}
