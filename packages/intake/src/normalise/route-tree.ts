import { isLocale } from './locale.js';
import { shapeOfSegment } from './segment-shape.js';

/** Nodes (literal or parameter segments) kept of one service. */
const MAX_NODES = 16_384;
/** Nodes added between two prunings of a full tree, so that no stream of new paths makes each request walk it. */
const PRUNE_AFTER = 2048;
/** Children of one node that are literals; when full, those seen once make room. */
export const MAX_LITERALS = 1024;
/** Steps of one look-up, so that no tree can make it slow. */
const MAX_STEPS = 256;

/** Ids after which the length that they share is believed. */
const TOKENS_FOR_LENGTH = 5;

/** A template learned from raw paths. */
export interface LearnedRoute {
  readonly text: string;
  /** Per segment the name of its parameter, `''` for a literal. */
  readonly parameters: readonly string[];
  /** Per segment the literal end of a parameter (`.pdf`), else `''`. */
  readonly suffixes: readonly string[];
}

/** One segment of the known paths of a service. */
export class Node {
  /** By their text in lower case: no service has two endpoints that differ in case only. */
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

/** The way from a node to the values of one parameter. */
export interface ParameterEdge {
  readonly name: string;
  readonly suffix: string;
  /**
   * `ids`: only what has the shape of an id; `any`: words too, as learned; `framework`: words too where the whole path
   * then fits a known template; `locale`: languages and countries.
   */
  accepts: 'ids' | 'any' | 'framework' | 'locale';
  /** Length that all random ids seen here have (nanoid, base62, …); 0 before the first, -1 where they differ. */
  tokenLength: number;
  readonly node: Node;
}

/** All known paths of a service. */
export interface Tree {
  readonly root: Node;
  nodes: number;
  /** Nodes that may be added before a full tree is pruned again. */
  sincePruned: number;
}

/** Where a segment of an answered path leads, if that is known. */
export function known(node: Node, segment: string): Node | undefined {
  const literal = node.literals?.get(segment.toLowerCase());
  if (literal !== undefined || node.parameters === undefined) return literal;
  const { shape, suffix } = shapeOfSegment(segment);
  for (const edge of node.parameters) {
    if (edge.accepts === 'locale') {
      if (isLocale(segment)) return edge.node;
    } else if (shape === 'word' ? edge.accepts === 'any' || isLikeItsTokens(edge, segment) : edge.suffix === suffix) {
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

/** Takes note of the length of a random id; see {@link ParameterEdge.tokenLength}. */
export function noteLength(node: Node, suffix: string, segment: string): void {
  const edge = node.parameters?.find((candidate) => candidate.suffix === suffix && candidate.accepts !== 'locale');
  if (edge === undefined || edge.tokenLength === segment.length) return;
  edge.tokenLength = edge.tokenLength === 0 ? segment.length : -1;
}

/**
 * The node in which a known route ends, or `undefined`. Literals go before parameters, with steps back where they lead
 * nowhere.
 *
 * @param isMiss the path was answered 404: an unknown word in it counts against a parameter in its place
 */
export function find(tree: Tree, segments: readonly string[], isMiss: boolean): Node | undefined {
  let steps = 0;
  let deepest = tree.root;
  let wordMissed = false;
  const walk = (node: Node, at: number): Node | undefined => {
    if (at === segments.length) return node.terminal ? node : undefined;
    if (++steps > MAX_STEPS) return undefined;
    const segment = segments[at]!;
    const literal = node.literals?.get(segment.toLowerCase());
    if (literal !== undefined) {
      const found = walk(literal, at + 1);
      if (found !== undefined) return found;
    }
    const { shape, suffix } = shapeOfSegment(segment);
    for (const edge of node.parameters ?? []) {
      const isWord = shape === 'word' && !isLikeItsTokens(edge, segment);
      if (edge.accepts === 'locale' && !isLocale(segment)) continue;
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

/** A route with one more segment. */
export function extend(route: LearnedRoute, text: string, parameter: string, suffix: string): LearnedRoute {
  return {
    text: route.text === '/' ? `/${text}` : `${route.text}/${text}`,
    parameters: [...route.parameters, parameter],
    suffixes: [...route.suffixes, suffix],
  };
}

/** Forgets the older half of the words that were seen once. */
export function forgetSingles(tree: Tree, node: Node): void {
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
export function hasRoom(tree: Tree): boolean {
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

/** Serialisable form of a node: counts, whether a route ends in it, its words and its parameters. */
export interface SavedNode {
  readonly counts: readonly [hits: number, writes: number, misses: number];
  readonly terminal: boolean;
  readonly literals: readonly (readonly [text: string, node: SavedNode])[];
  readonly parameters: readonly (readonly [
    name: string,
    suffix: string,
    accepts: ParameterEdge['accepts'],
    tokenLength: number,
    node: SavedNode,
  ])[];
}

export function saveNode(node: Node): SavedNode {
  const literals: [string, SavedNode][] = [];
  for (const child of node.literals?.values() ?? []) {
    literals.push([child.route.text.slice(child.route.text.lastIndexOf('/') + 1), saveNode(child)]);
  }
  return {
    counts: [node.hits, node.writes, node.misses],
    terminal: node.terminal,
    literals,
    parameters: (node.parameters ?? []).map(({ name, suffix, accepts, tokenLength, node: child }) => [
      name,
      suffix,
      accepts,
      tokenLength,
      saveNode(child),
    ]),
  };
}

/** Puts what was saved below a node that is still empty. */
export function loadNode(tree: Tree, node: Node, saved: SavedNode): void {
  [node.hits, node.writes, node.misses] = saved.counts;
  node.terminal = saved.terminal;
  for (const [text, below] of saved.literals) {
    const child = new Node(extend(node.route, text, '', ''), node.depth + 1);
    node.literals ??= new Map();
    node.literals.set(text.toLowerCase(), child);
    tree.nodes++;
    loadNode(tree, child, below);
  }
  for (const [name, suffix, accepts, tokenLength, below] of saved.parameters) {
    const child = new Node(extend(node.route, `{${name}}${suffix}`, name, suffix), node.depth + 1);
    node.parameters ??= [];
    node.parameters.push({ name, suffix, accepts, tokenLength, node: child });
    tree.nodes++;
    loadNode(tree, child, below);
  }
}
