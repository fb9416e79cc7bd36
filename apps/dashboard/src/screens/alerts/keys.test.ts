import { describe, expect, it } from 'vitest';
import { commandOf, KEY_HELP } from './keys.js';

function press(key: string, more: Partial<Parameters<typeof commandOf>[0]> = {}) {
  return commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, target: null, ...more });
}

describe('commandOf', () => {
  it('knows the keys that the help lists', () => {
    const keys = KEY_HELP.flatMap((line) => line.keys).filter((key) => key !== 'Enter');
    for (const key of keys) expect(press(key === 'Esc' ? 'Escape' : key), key).not.toBeNull();
  });

  it('leaves shortcuts of the browser and typing alone', () => {
    expect(press('r', { ctrlKey: true })).toBeNull();
    expect(press('a', { metaKey: true })).toBeNull();
    for (const tagName of ['INPUT', 'TEXTAREA', 'SELECT']) expect(press('j', { target: { tagName } })).toBeNull();
    expect(press('Escape', { target: { tagName: 'INPUT' } })).toBe('leave');
    expect(press('constructor')).toBeNull();
  });
});
