/** An operation of a GraphQL document, as far as it matters here. */
export interface GraphqlOperation {
  readonly type: OperationType;
  /** `''` for an anonymous one. */
  readonly name: string;
  /** Fields at its root, also those of the fragments that are spread there. */
  readonly fields: readonly RootField[];
}

export type OperationType = 'query' | 'mutation' | 'subscription';

export interface RootField {
  readonly name: string;
  readonly arguments: readonly GraphqlArgument[];
}

/** A scalar argument, or one within an input object: the innermost name counts. */
export interface GraphqlArgument {
  readonly name: string;
  /** Strings without their quotes; `''` where a variable stands. */
  readonly text: string;
  /** Name of the variable that stands there, or `''`. */
  readonly variable: string;
}

/** Tokens that are read of a document, and root fields that are kept of an operation. */
const MAX_TOKENS = 20_000;
const MAX_FIELDS = 1_000;

/** A token of the GraphQL language (October 2021, 2.1): name, block string, string, number, mark. */
const TOKEN =
  /([A-Za-z_]\w*)|"""((?:\\"""|(?!""")[\s\S])*)(?:"""|$)|"((?:[^"\\\n\r]|\\.)*)(?:"|$|(?=[\n\r]))|(-?\d[\w.+-]*)|(\.\.\.|[!$&()[\]{}:=@|])/y;
/** What stands between tokens and means nothing, but comments. */
const IGNORED = /[\s,\ufeff]*/y;
const LINE_END = /[\n\r]/g;

/**
 * The operations of a GraphQL document in their order. Reads what is there and stops, without error, at the first thing
 * that is no GraphQL; a document that was cut off gives what came before.
 */
export function graphqlOperations(text: string): readonly GraphqlOperation[] {
  return new DocumentReader(text).read();
}

interface Draft {
  readonly type: OperationType | 'fragment';
  readonly name: string;
  readonly fields: RootField[];
  readonly spreads: string[];
}

class DocumentReader {
  readonly #text: string;
  #tokens = 0;
  #at = 0;
  /** The token ahead; `''` at the end. */
  #token = '';
  #kind: 'name' | 'string' | 'number' | 'mark' | 'end' = 'end';

  constructor(text: string) {
    this.#text = text;
    this.#next();
  }

  read(): readonly GraphqlOperation[] {
    const drafts: Draft[] = [];
    while (!this.#isOver()) {
      const draft = this.#definition();
      if (draft === undefined) break;
      drafts.push(draft);
    }
    const fragments = new Map(drafts.flatMap((draft) => (draft.type === 'fragment' ? [[draft.name, draft]] : [])));
    return drafts.flatMap((draft) =>
      draft.type === 'fragment' ? [] : [{ type: draft.type, name: draft.name, fields: withSpreads(draft, fragments) }],
    );
  }

  #definition(): Draft | undefined {
    if (this.#isMark('{')) return this.#selected({ type: 'query', name: '', fields: [], spreads: [] });
    const word = this.#token;
    if (this.#kind !== 'name') return undefined;
    if (word !== 'query' && word !== 'mutation' && word !== 'subscription' && word !== 'fragment') return undefined;
    this.#next();
    const name = this.#name();
    // Variable definitions, type conditions and directives.
    while (!this.#isOver() && !this.#isMark('{')) {
      if (this.#isMark('(')) this.#skip('(', ')');
      else this.#next();
    }
    return this.#selected({ type: word, name, fields: [], spreads: [] });
  }

  /** Reads the selection ahead into the draft. */
  #selected(draft: Draft): Draft {
    this.#next();
    while (!this.#isOver() && !this.#isMark('}')) {
      if (this.#isMark('...')) this.#spread(draft);
      else if (this.#kind === 'name') this.#field(draft);
      else this.#next();
    }
    this.#next();
    return draft;
  }

  #spread(draft: Draft): void {
    this.#next();
    if (this.#kind === 'name' && this.#token !== 'on') {
      draft.spreads.push(this.#token);
      this.#next();
      this.#directives();
      return;
    }
    if (this.#kind === 'name') {
      this.#next();
      this.#name();
    }
    this.#directives();
    if (this.#isMark('{')) this.#selected(draft);
  }

  #field(draft: Draft): void {
    let name = this.#name();
    if (this.#isMark(':')) {
      this.#next();
      name = this.#name();
    }
    const found: GraphqlArgument[] = [];
    if (this.#isMark('(')) {
      this.#next();
      this.#arguments(found);
    }
    this.#directives();
    if (this.#isMark('{')) this.#skip('{', '}');
    if (draft.fields.length < MAX_FIELDS) draft.fields.push({ name, arguments: found });
  }

  /** Up to the closing parenthesis, past it. Input objects are read as if their members were arguments. */
  #arguments(found: GraphqlArgument[]): void {
    let name = '';
    for (let depth = 1; !this.#isOver() && depth > 0; ) {
      const token = this.#token;
      const kind = this.#kind;
      this.#next();
      if (kind === 'name' && this.#isMark(':')) {
        name = token;
        this.#next();
      } else if (kind === 'mark' && token === '$') {
        found.push({ name, text: '', variable: this.#name() });
      } else if (kind === 'mark') {
        if (token === '(' || token === '{' || token === '[') depth++;
        else if (token === ')' || token === '}' || token === ']') depth--;
      } else {
        found.push({ name, text: token, variable: '' });
      }
    }
  }

  #directives(): void {
    while (this.#isMark('@')) {
      this.#next();
      this.#name();
      if (this.#isMark('(')) this.#skip('(', ')');
    }
  }

  #skip(open: string, close: string): void {
    let depth = 0;
    do {
      if (this.#isMark(open)) depth++;
      else if (this.#isMark(close)) depth--;
      this.#next();
    } while (depth > 0 && !this.#isOver());
  }

  /** The name ahead, past it; `''` where none is. */
  #name(): string {
    if (this.#kind !== 'name') return '';
    const name = this.#token;
    this.#next();
    return name;
  }

  #isOver(): boolean {
    return this.#kind === 'end';
  }

  #isMark(mark: string): boolean {
    return this.#kind === 'mark' && this.#token === mark;
  }

  #next(): void {
    this.#skipIgnored();
    TOKEN.lastIndex = this.#at;
    const match = this.#tokens++ < MAX_TOKENS ? TOKEN.exec(this.#text) : null;
    this.#at += match?.[0].length ?? 0;
    const [, name, block, string, number, mark] = match ?? [];
    this.#token = name ?? block ?? unescaped(string) ?? number ?? mark ?? '';
    if (name !== undefined) this.#kind = 'name';
    else if (block !== undefined || string !== undefined) this.#kind = 'string';
    else if (number !== undefined) this.#kind = 'number';
    else this.#kind = mark === undefined ? 'end' : 'mark';
  }

  #skipIgnored(): void {
    for (;;) {
      IGNORED.lastIndex = this.#at;
      this.#at += IGNORED.exec(this.#text)?.[0].length ?? 0;
      if (this.#text[this.#at] !== '#') return;
      LINE_END.lastIndex = this.#at;
      this.#at = LINE_END.exec(this.#text)?.index ?? this.#text.length;
    }
  }
}

/** Each fragment counts once, as it does for the service: the same fields twice are one. */
function withSpreads(draft: Draft, fragments: ReadonlyMap<string, Draft>): readonly RootField[] {
  if (draft.spreads.length === 0) return draft.fields;
  const fields = [...draft.fields];
  const seen = new Set(draft.spreads);
  for (const name of seen) {
    const fragment = fragments.get(name);
    if (fragment === undefined) continue;
    fields.push(...fragment.fields);
    for (const spread of fragment.spreads) seen.add(spread);
    if (fields.length >= MAX_FIELDS) break;
  }
  return fields.slice(0, MAX_FIELDS);
}

function unescaped(string: string | undefined): string | undefined {
  if (string === undefined || !string.includes('\\')) return string;
  try {
    return String(JSON.parse(`"${string}"`));
  } catch {
    return string;
  }
}
