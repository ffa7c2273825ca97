import { Signal } from './signal.js';

export interface Toast {
  id: number;
  kind: 'info' | 'ok' | 'error';
  title: string;
  text: string;
  /** Where more of it stands. */
  link?: ToastLink;
}

export interface ToastLink {
  label: string;
  href: string;
}

const SHOWN_MS = 6000;
const MOST = 4;

/** Short news of the page. What went wrong stays until it is dismissed. */
export class Toasts extends Signal<readonly Toast[]> {
  #next = 1;
  #held = false;
  readonly #due = new Set<number>();

  constructor() {
    super([]);
  }

  /** Gives what `dismiss` takes. */
  show(kind: Toast['kind'], title: string, text = '', link?: ToastLink): number {
    const toast = { id: this.#next, kind, title, text, ...(link && { link }) };
    this.#next += 1;
    const others = this.value.filter((other) => other.title !== title || other.text !== text);
    this.value = [...others, toast].slice(-MOST);
    if (kind !== 'error') setTimeout(() => this.#expire(toast.id), SHOWN_MS);
    return toast.id;
  }

  dismiss(id: number): void {
    this.value = this.value.filter((toast) => toast.id !== id);
  }

  /** While someone reads them none goes away. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    for (const id of this.#due) this.dismiss(id);
    this.#due.clear();
  }

  #expire(id: number): void {
    if (this.#held) this.#due.add(id);
    else this.dismiss(id);
  }
}
