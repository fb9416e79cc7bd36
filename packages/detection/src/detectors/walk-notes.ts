import type { RequestEvent } from '@vedette/protocol';

/** Names of one kind in a note. */
const NAMED = { owners: 256, ids: 50, sources: 20, routes: 8 } as const;

/** What is remembered of a reader under suspicion, to name names when it is accused. Lists, because most come to nothing. */
export interface WalkNote {
  requests: number;
  found: number;
  taken: number;
  objects: number;
  readonly owners: number[];
  /** Ids of the first objects. */
  readonly ids: string[];
  readonly sources: string[];
  readonly methods: string[];
  readonly routes: string[];
}

export function newWalkNote(): WalkNote {
  return { requests: 0, found: 0, taken: 0, objects: 0, owners: [], ids: [], sources: [], methods: [], routes: [] };
}

/** Notes where a request came from and which route it used. */
export function noteWalkRequest(note: WalkNote, event: RequestEvent): void {
  note.requests++;
  const { sources, routes, methods } = note;
  if (event.source !== '' && sources.length < NAMED.sources && !sources.includes(event.source)) {
    sources.push(event.source);
  }
  if (event.route !== '' && routes.length < NAMED.routes && !routes.includes(event.route)) {
    routes.push(event.route);
    methods.push(event.method);
  }
}

/** @returns whether the owner is the walk's first object of it */
export function noteOwner(note: WalkNote, owner: number): boolean {
  if (note.owners.includes(owner)) return false;
  if (note.owners.length < NAMED.owners) note.owners.push(owner);
  return true;
}

/** Notes one of the objects that the walk is accused of. */
export function noteObject(note: WalkNote, id: string, found: boolean, taken: boolean): void {
  note.objects++;
  if (note.ids.length < NAMED.ids) note.ids.push(id);
  if (found) note.found++;
  if (taken) note.taken++;
}
