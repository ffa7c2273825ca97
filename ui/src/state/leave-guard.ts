import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { app } from './app.js';

export interface Guarded {
  isDirty(): boolean;
  /** Shows the question; the answer comes by `leave`, or never. */
  ask(): void;
}

/** Asks before a place with something unsaved is left: by a link, by back and forward, or with the tab. */
export class LeaveGuard implements ReactiveController {
  #go: (() => void) | null = null;

  constructor(
    host: ReactiveControllerHost,
    private readonly guarded: Guarded,
  ) {
    host.addController(this);
  }

  /** Whether the question is open. */
  get isAsked(): boolean {
    return this.#go !== null;
  }

  hostConnected(): void {
    app.router.guard = this.#mayLeave;
    window.addEventListener('beforeunload', this.#onUnload);
  }

  hostDisconnected(): void {
    if (app.router.guard === this.#mayLeave) app.router.guard = null;
    window.removeEventListener('beforeunload', this.#onUnload);
  }

  /** The person stays. */
  stay(): void {
    this.#go = null;
  }

  /** Goes where the person wanted to. */
  leave(): void {
    const go = this.#go;
    this.#go = null;
    go?.();
  }

  #mayLeave = (go: () => void): boolean => {
    if (!this.guarded.isDirty()) return true;
    this.#go = go;
    this.guarded.ask();
    return false;
  };

  /** The words of the question are the browser's. */
  #onUnload = (event: BeforeUnloadEvent): void => {
    if (!this.guarded.isDirty()) return;
    event.preventDefault();
    event.returnValue = '';
  };
}
