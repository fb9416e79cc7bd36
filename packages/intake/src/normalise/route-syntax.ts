import { cutText, TEXT_LIMIT } from '../limits.js';

/** One segment of a route template. */
export interface TemplateSegment {
  /** Text in the common form: `orders`, `{id}`, `{from}-{to}`. */
  readonly text: string;
  /** Name of its (first) parameter, `''` for a literal. */
  readonly parameter: string;
  /** Literal text before and after a single parameter (`report-{id}.pdf`). */
  readonly prefix: string;
  readonly suffix: string;
  /** True where it stands for any number of segments. */
  readonly splat: boolean;
}

/** A route in the common form, parameters written `{name}`. */
export interface RouteTemplate {
  /** Leading slash, no trailing slash; `/` for the root. */
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
  /**
   * It ends in any number of segments and says only where something is mounted (`/api/*`, `/users/{proxy+}`), not which
   * endpoint was meant; false for places where files lie (`/static/*`).
   */
  readonly isMount: boolean;
  /** Files lie below one of its words, so its last parameter may stand for many segments. */
  readonly isFiles: boolean;
}

/**
 * Reads a route as frameworks write it: `:id`, `:id(\\d+)?`, `{id}`, `{id:int}`, `{path...}`, `<int:id>`, `[id]`,
 * `[...slug]`, `{proxy+}`, `*splat`, `(?P<id>\d+)`, `\d+`, `$id`, `GET /a`, `^a/$`, `(.:format)`.
 */
export function parseTemplate(route: string): RouteTemplate {
  const parser = new Parser(strip(cutText(route, TEXT_LIMIT.path)));
  const segments = parser.parse();
  const text = segments.length === 0 ? '/' : segments.map((segment) => `/${segment.text}`).join('');
  const splat = segments.findIndex((segment) => segment.splat);
  const isFiles = segments.some((segment) => segment.parameter === '' && FILE_PLACES.has(segment.text.toLowerCase()));
  return {
    text,
    segments,
    isMount: splat >= 0 && splat === segments.length - 1 && !isFiles,
    isFiles,
  };
}

const FILE_PLACES = new Set(
  `static assets asset files file public media images image img icons css js scripts styles fonts uploads upload
  download downloads docs documentation storage cdn content dist build _next pages wiki blob tree raw browse theme themes
  vendor webjars swagger-ui`.split(/\s+/),
);

function strip(route: string): string {
  let text = route.trim();
  const space = text.indexOf(' ');
  if (space > 0 && space < 10 && text[space + 1] === '/') text = text.slice(space + 1);
  if (text.startsWith('^')) text = text.slice(1);
  if (text.endsWith('$')) text = text.slice(0, -1);
  if (text.endsWith('\\Z') || text.endsWith('/?')) text = text.slice(0, -2);
  // OData's `Orders({key})`, as paths are read (path-form.ts). There a key is an id, and nothing secret.
  if (text.includes('({')) text = text.replace(/([A-Za-z_][\w.]*)\(\{key\}\)/g, '$1/{id}');
  return text;
}

/** Converters of Flask, Django and Bottle: what is not one of them is the parameter's name. */
const CONVERTERS = new Set('int integer string str slug uuid float path any default re regex'.split(' '));

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #segments: TemplateSegment[] = [];
  // The segment being read.
  #out = '';
  #names: string[] = [];
  #prefix = '';
  #suffix = '';
  #splat = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): TemplateSegment[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (char === '/') {
        this.#at++;
        this.#endSegment();
      } else if (char === '{') this.#braces();
      else if (char === '<') this.#angles();
      else if (char === '[') this.#brackets();
      else if (char === '(') this.#group();
      else if (char === '*') this.#star();
      else if ((char === ':' || char === '$') && this.#startsName() && this.#mayBeginParameter()) this.#colon();
      else if (char === '\\') this.#escape();
      else if (char === '.' && (text[this.#at + 1] === '*' || text[this.#at + 1] === '+')) {
        this.#at++;
        this.#parameter('path', true);
      } else if (char === '?' || char === '+') this.#at++;
      else {
        this.#literal(char);
        this.#at++;
      }
    }
    this.#endSegment();
    return this.#segments;
  }

  #endSegment(): void {
    if (this.#out !== '') {
      const single = this.#names.length === 1;
      this.#segments.push({
        text: this.#out,
        parameter: this.#names[0] ?? '',
        prefix: single ? this.#prefix : '',
        suffix: single ? this.#suffix : '',
        splat: this.#splat,
      });
    }
    this.#out = '';
    this.#names = [];
    this.#prefix = '';
    this.#suffix = '';
    this.#splat = false;
  }

  #literal(char: string): void {
    this.#out += char;
    if (this.#names.length === 0) this.#prefix += char;
    else this.#suffix += char;
  }

  #parameter(name: string, splat: boolean): void {
    const clean = /^[A-Za-z_][\w-]*$/.test(name) ? name.slice(0, 40) : 'param';
    this.#out += `{${clean}}`;
    this.#names.push(clean);
    if (splat) this.#splat = true;
    this.#quantifier();
  }

  #quantifier(): void {
    while ('?*+'.includes(this.#text[this.#at] ?? ' ')) this.#at++;
    if (this.#text[this.#at] === '{' && /^\{\d+(?:,\d*)?\}/.test(this.#text.slice(this.#at, this.#at + 16))) {
      this.#at = this.#text.indexOf('}', this.#at) + 1;
    }
  }

  #startsName(): boolean {
    return /[A-Za-z_]/.test(this.#text[this.#at + 1] ?? '');
  }

  /** `:cancel` behind a parameter or a word is a custom verb (`/v1/{name}:cancel`), not a parameter. */
  #mayBeginParameter(): boolean {
    const before = this.#text[this.#at - 1];
    return before === undefined || '/-._@~,('.includes(before);
  }

  #colon(): void {
    let end = this.#at + 1;
    while (/\w/.test(this.#text[end] ?? '')) end++;
    const name = this.#text.slice(this.#at + 1, end);
    this.#at = end;
    let splat = false;
    if (this.#text[end] === '(') splat = /\.\*|\.\+/.test(this.#balanced('(', ')'));
    if (this.#text[this.#at] === '*' || this.#text[this.#at] === '+') splat = true;
    this.#parameter(name, splat);
  }

  #braces(): void {
    const inner = this.#balanced('{', '}');
    const splat = /^\*|\.\.\.$|\*\*?$|\+$|:\.[*+]|:path$/.test(inner);
    this.#parameter(/^\**([^:=?.*+]*)/.exec(inner)?.[1]?.trim() ?? '', splat);
  }

  #angles(): void {
    const inner = this.#balanced('<', '>');
    const first = /^[^:(]*/.exec(inner)![0];
    const last = inner.slice(inner.lastIndexOf(':') + 1);
    const isConverted = inner.includes(':') && CONVERTERS.has(first);
    this.#parameter((isConverted ? last : first).trim(), /(?:^|:)path(?:$|:)/.test(inner) && inner.includes(':'));
  }

  #brackets(): void {
    let inner = this.#balanced('[', ']');
    if (inner.startsWith('[') && inner.endsWith(']')) inner = inner.slice(1, -1);
    const splat = inner.startsWith('...');
    this.#parameter(/^(?:\.\.\.)?([^=]*)/.exec(inner)![1]!, splat);
  }

  #group(): void {
    const start = this.#at;
    const inner = this.#balanced('(', ')');
    const named = /^\?P?<([A-Za-z_]\w*)>/.exec(inner);
    if (named !== null) {
      this.#parameter(named[1]!, /\.[*+]/.test(inner));
      return;
    }
    // `(.:format)` and `(/:page)` are optional tails; `(group)` as a whole segment only orders files.
    const isTail = /^[./]?:/.test(inner) || inner.startsWith('/');
    const before = this.#text[start - 1];
    const after = this.#text[this.#at];
    const isFolder = /^[A-Za-z-]+$/.test(inner) && (before === '/' || before === undefined) && after === '/';
    if (isTail || isFolder) return;
    this.#parameter('param', /^\.[*+]\??$/.test(inner));
  }

  #star(): void {
    let end = this.#at;
    while (this.#text[end] === '*') end++;
    const start = end;
    while (/\w/.test(this.#text[end] ?? '')) end++;
    this.#at = end;
    this.#parameter(this.#text.slice(start, end) || 'path', true);
  }

  /** `\d+` is a parameter, `\.` a dot. */
  #escape(): void {
    const next = this.#text[this.#at + 1] ?? '';
    this.#at += 2;
    if (/[dwsDWS]/.test(next)) this.#parameter('param', false);
    else if (next === '/') this.#endSegment();
    else if (next !== '') this.#literal(next);
  }

  /** Text between the opening bracket at the position and its partner; the position is then behind it. */
  #balanced(open: string, close: string): string {
    const start = this.#at + 1;
    let depth = 0;
    for (let i = this.#at; i < this.#text.length; i++) {
      const char = this.#text[i];
      if (char === '\\') i++;
      else if (char === open) depth++;
      else if (char === close && --depth === 0) {
        this.#at = i + 1;
        return this.#text.slice(start, i);
      }
    }
    this.#at = this.#text.length;
    return this.#text.slice(start);
  }
}
