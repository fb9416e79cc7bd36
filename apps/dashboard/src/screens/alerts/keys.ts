/** What a key asks for on the alerts screen. */
export type Command = 'next' | 'previous' | 'acknowledge' | 'resolve' | 'search' | 'help' | 'leave';

const KEYS: Readonly<Record<string, Command>> = {
  j: 'next',
  k: 'previous',
  a: 'acknowledge',
  r: 'resolve',
  '/': 'search',
  '?': 'help',
  Escape: 'leave',
};

/** Every key with what it does, for the help. */
export const KEY_HELP: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['j', 'k'], does: 'Next and previous alert' },
  { keys: ['Enter'], does: 'Open the alert' },
  { keys: ['Esc'], does: 'Close the alert, leave the search' },
  { keys: ['a'], does: 'Acknowledge' },
  { keys: ['r'], does: 'Resolve with a reason' },
  { keys: ['/'], does: 'Filter by text' },
  { keys: ['?'], does: 'This help' },
];

/** Reads a key press; keys typed into a field are text, apart from Escape. */
export function commandOf(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly target: unknown;
}): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const command = Object.hasOwn(KEYS, event.key) ? (KEYS[event.key] ?? null) : null;
  return command !== 'leave' && isField(event.target) ? null : command;
}

function isField(target: unknown): boolean {
  if (typeof target !== 'object' || target === null || !('tagName' in target)) return false;
  return ['INPUT', 'TEXTAREA', 'SELECT'].includes(String(target.tagName));
}
