import { type Route, routeOf } from './route.js';
import { Signal } from './signal.js';

/** What an entry of the history of the browser keeps for us. */
interface Entry {
  key: string;
  /** Counts up from the entry the page was loaded with, so that a step back can be told from a step forward. */
  index: number;
}

/** Asked before a place is left; false keeps it, and `go` goes where the person wanted to after all. */
export type Guard = (go: () => void) => boolean;

/** Where the page is, and how it goes elsewhere without loading anew. Back and forward come through here as well. */
export class Router extends Signal<Route> {
  /** Called before another place is shown, with the key of the entry of the history that is left. */
  onLeave: (key: string) => void = () => undefined;
  guard: Guard | null = null;
  #entry: Entry;
  #path = location.pathname;
  #made = Date.now();
  /** A step back that this router made itself, to stay where it is. */
  #isReturning = false;
  #isAllowed = false;

  constructor() {
    super(routeOf(location.pathname));
    const known = history.state as Entry | null;
    this.#entry = known?.key === undefined ? { key: this.#newKey(), index: 0 } : known;
    if (this.#entry !== known) history.replaceState(this.#entry, '');
    window.addEventListener('popstate', () => this.#popped());
  }

  /** Of the entry of the history that is shown. */
  get key(): string {
    return this.#entry.key;
  }

  /** A path, with a query where the page reads one. */
  go(path: string): void {
    if (this.guard && !this.guard(() => this.#go(path))) return;
    this.#go(path);
  }

  /** A new entry of the history within the page that is shown, which draws by itself what the address says now. */
  push(path: string): void {
    this.onLeave(this.#entry.key);
    this.#entry = { key: this.#newKey(), index: this.#entry.index + 1 };
    history.pushState(this.#entry, '', path);
  }

  /** The same place under another address: what a page shows of itself, kept for a reload or a link. */
  replace(path: string): void {
    history.replaceState(this.#entry, '', path);
  }

  #go(path: string): void {
    this.onLeave(this.#entry.key);
    if (path !== location.pathname + location.search) {
      this.#entry = { key: this.#newKey(), index: this.#entry.index + 1 };
      history.pushState(this.#entry, '', path);
    }
    this.#show();
  }

  #show(): void {
    this.#path = location.pathname;
    this.value = routeOf(this.#path);
  }

  #popped(): void {
    if (this.#isReturning) {
      this.#isReturning = false;
      return;
    }
    // A link into the page itself, as the one that skips to the content.
    if (history.state === null && location.pathname === this.#path) {
      history.replaceState(this.#entry, '');
      return;
    }
    const next = (history.state as Entry | null) ?? { key: this.#newKey(), index: this.#entry.index + 1 };
    const steps = next.index - this.#entry.index;
    const again = () => {
      this.#isAllowed = true;
      history.go(steps);
    };
    if (!this.#isAllowed && steps !== 0 && this.guard && !this.guard(again)) {
      this.#isReturning = true;
      history.go(-steps);
      return;
    }
    this.#isAllowed = false;
    this.onLeave(this.#entry.key);
    this.#entry = next;
    this.#show();
  }

  #newKey(): string {
    this.#made += 1;
    return String(this.#made);
  }
}

/** The path of a click on one of our own links, or null where the browser should follow it. */
export function internalPath(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
  if (link?.target !== '' || link.origin !== location.origin || link.hasAttribute('download')) return null;
  return link.getAttribute('href')?.startsWith('#') ? null : link.pathname + link.search + link.hash;
}
