import { MediaQuery } from 'svelte/reactivity';

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'vedette.theme';

/** The theme: chosen by hand, or the system's. `boot-theme.js` applies a stored choice before the first paint. */
export class Theme {
  readonly #prefersLight = new MediaQuery('prefers-color-scheme: light');
  #choice = $state<ThemeChoice>(storedChoice());

  get choice(): ThemeChoice {
    return this.#choice;
  }

  /** What is shown now. */
  get shown(): 'light' | 'dark' {
    if (this.#choice !== 'system') return this.#choice;
    return this.#prefersLight.current ? 'light' : 'dark';
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === 'system') localStorage.removeItem(STORAGE_KEY);
      else localStorage.setItem(STORAGE_KEY, choice);
    } catch {
      // Storage may be forbidden: the choice then holds until the page is left.
    }
  }
}

function storedChoice(): ThemeChoice {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
