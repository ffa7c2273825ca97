import { Signal } from './signal.js';

const KEY = 'maestro.set-up';

/** Whether a person is led through the first steps. Each browser is asked once, and only where there is no session yet. */
export class FirstRun extends Signal<boolean> {
  constructor() {
    super(false);
  }

  /** Looks whether there is anything to lead to; whoever has sessions has been here before. */
  consider(hasSessions: boolean): void {
    if (localStorage.getItem(KEY) !== null) return;
    if (hasSessions) localStorage.setItem(KEY, 'known');
    else if (location.pathname === '/') this.value = true;
  }

  begin(): void {
    this.value = true;
  }

  end(): void {
    localStorage.setItem(KEY, 'done');
    this.value = false;
  }
}
