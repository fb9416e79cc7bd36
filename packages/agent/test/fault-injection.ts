import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

/** One function of the built agent that can be made to throw. */
export interface FaultPoint {
  readonly id: number;
  /** Its beginning, marked with `‸`, and what stands before, from the bundle. */
  readonly text: string;
}

/** A copy of the built agent in which every function first asks `globalThis.vedetteFault(id)`, which may throw. */
export interface FaultyAgent {
  readonly register: string;
  readonly points: readonly FaultPoint[];
  [Symbol.dispose](): void;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly body?: Node | readonly Node[];
  readonly expression?: boolean;
  readonly handler?: unknown;
  readonly block?: Node;
}

/**
 * @param isExempt functions that stay as they are, told by their text
 * @param replace texts of the bundle that are replaced by others
 */
export function makeFaultyAgent(
  isExempt: (text: string) => boolean,
  replace: Readonly<Record<string, string>> = {},
): FaultyAgent {
  // Below node_modules of the package, so that what the bundle requires is found.
  const folder = mkdtempSync(join(packageRoot, 'node_modules', '.faulty-'));
  const points: FaultPoint[] = [];
  // Set members that are added meanwhile are visited too.
  const files = new Set(['register.cjs', 'otel.cjs', 'exit-worker.cjs']);
  for (const file of files) {
    let source = readFileSync(join(packageRoot, 'dist', file), 'utf8');
    for (const [, required] of source.matchAll(/require\("\.\/([^"]+)"\)/g)) if (required) files.add(required);
    for (const [from, to] of Object.entries(replace)) source = source.replace(from, to);
    writeFileSync(join(folder, file), instrument(source, points, isExempt));
  }
  return {
    register: join(folder, 'register.cjs'),
    points,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function instrument(source: string, points: FaultPoint[], isExempt: (text: string) => boolean): string {
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: Node): void => {
    if (/^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      const text = `${source.slice(Math.max(0, node.start - 40), node.start)}‸${source.slice(node.start, node.start + 120)}`;
      const body = node.body as Node;
      if (!isExempt(text)) {
        const call = `globalThis.vedetteFault?.(${points.length})`;
        points.push({ id: points.length, text });
        if (node.type === 'ArrowFunctionExpression' && body.type !== 'BlockStatement') {
          insertions.push({ at: body.start, text: `(${call}, ` }, { at: body.end, text: ')' });
        } else insertions.push({ at: (guardedBlock(body) ?? body).start + 1, text: `${call};` });
      }
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Node);
      }
    }
  };
  visit(parseAst(source) as unknown as Node);
  // From the end, so that positions hold; what starts at the same place goes in the order found.
  let result = source;
  for (const { at, text } of insertions.sort((a, b) => b.at - a.at))
    result = result.slice(0, at) + text + result.slice(at);
  return result;
}

/** The block of a `try` with `catch` that is a function's own: what a function catches itself is thrown there. */
function guardedBlock(body: Node): Node | undefined {
  const statements = body.body as readonly Node[];
  return statements.find((statement) => statement.type === 'TryStatement' && statement.handler)?.block;
}
