import { Signal } from './signal.js';

export const themes = ['system', 'dark', 'light'] as const;
export type Theme = (typeof themes)[number];

const KEY = 'maestro.theme';

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return themes.find((theme) => theme === value) ?? 'system';
}

/** Which colours the page wears; `system` follows the machine. Kept in this browser. */
export class ThemeChoice extends Signal<Theme> {
  constructor() {
    super(stored());
    this.#apply();
  }

  choose(theme: Theme): void {
    localStorage.setItem(KEY, theme);
    this.value = theme;
    this.#apply();
  }

  next(): void {
    this.choose(themes[(themes.indexOf(this.value) + 1) % themes.length] ?? 'system');
  }

  #apply(): void {
    if (this.value === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', this.value);
  }
}
