import type { PathTemplate } from './path.js';
import type { RouteTemplate, TemplateSegment } from './route-syntax.js';

/**
 * How a template lies over a path. `partial`: it is only the beginning of the path, a mount path that an
 * instrumentation reported where no route matched, so it names no endpoint. `other`: the two have nothing in common
 * (rewritten addresses); the template is then believed, without parameters.
 */
export type TemplateMatch =
  | { readonly kind: 'full'; readonly template: PathTemplate }
  | { readonly kind: 'partial' | 'other' };

/** Lays a template over a path, which may begin with segments of its own: templates can be relative to a mount path. */
export function matchTemplate(route: RouteTemplate, segments: readonly string[]): TemplateMatch {
  const splat = route.segments.findIndex((segment) => segment.splat);
  if (splat >= 0) {
    const before = route.segments.slice(0, splat);
    return matchesAt(before, segments, 0) ? { kind: 'full', template: align(before, segments.length, 0) } : OTHER;
  }
  const wanted = route.segments;
  const offset = segments.length - wanted.length;
  if (offset >= 0 && (wanted.length > 0 || offset === 0) && matchesAt(wanted, segments, offset)) {
    return { kind: 'full', template: align(wanted, segments.length, offset) };
  }
  return offset > 0 && matchesAt(wanted, segments, 0) ? PARTIAL : OTHER;
}

const PARTIAL: TemplateMatch = { kind: 'partial' };
const OTHER: TemplateMatch = { kind: 'other' };

function matchesAt(wanted: readonly TemplateSegment[], segments: readonly string[], offset: number): boolean {
  if (offset + wanted.length > segments.length) return false;
  for (let i = 0; i < wanted.length; i++) {
    const { parameter, text, prefix, suffix } = wanted[i]!;
    const segment = segments[offset + i]!;
    if (parameter === '' ? !isSame(segment, text) : !segment.startsWith(prefix) || !segment.endsWith(suffix))
      return false;
  }
  return true;
}

/** Many frameworks do not mind the case of a path; a client must not lose its template by writing `/Orders/17`. */
function isSame(segment: string, text: string): boolean {
  return segment === text || (segment.length === text.length && segment.toLowerCase() === text.toLowerCase());
}

/** Names and suffixes by segment of the path. */
function align(wanted: readonly TemplateSegment[], length: number, offset: number): PathTemplate {
  const parameters: string[] = new Array(length).fill('');
  const suffixes: string[] = new Array(length).fill('');
  for (let i = 0; i < wanted.length; i++) {
    parameters[offset + i] = wanted[i]!.parameter;
    suffixes[offset + i] = wanted[i]!.suffix;
  }
  return { parameters, suffixes };
}
