import { type Route, routeOf } from './route.js';
import { Signal } from './signal.js';

interface Entry {
  key: string;
}

/** Where the page is, and how it goes elsewhere without loading anew. Back and forward come through here as well. */
export class Router extends Signal<Route> {
  /** Called before another place is shown, with the key of the entry of the history that is left. */
  onLeave: (key: string) => void = () => undefined;
  #key: string;
  #next = Date.now();

  constructor() {
    super(routeOf(location.pathname));
    const known = (history.state as Entry | null)?.key;
    this.#key = known ?? this.#newKey();
    if (known === undefined) history.replaceState({ key: this.#key }, '');
    window.addEventListener('popstate', () => {
      this.onLeave(this.#key);
      this.#key = (history.state as Entry | null)?.key ?? this.#newKey();
      this.value = routeOf(location.pathname);
    });
  }

  /** Of the entry of the history that is shown. */
  get key(): string {
    return this.#key;
  }

  /** A path, with a query where the page reads one. */
  go(path: string): void {
    this.onLeave(this.#key);
    if (path !== location.pathname + location.search) {
      this.#key = this.#newKey();
      history.pushState({ key: this.#key }, '', path);
    }
    this.value = routeOf(location.pathname);
  }

  /** The same place under another address: what a page shows of itself, kept for a reload or a link. */
  replace(path: string): void {
    history.replaceState({ key: this.#key }, '', path);
  }

  #newKey(): string {
    this.#next += 1;
    return String(this.#next);
  }
}

/** The path of a click on one of our own links, or null where the browser should follow it. */
export function internalPath(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
  if (link?.target !== '' || link.origin !== location.origin || link.hasAttribute('download')) return null;
  return link.getAttribute('href')?.startsWith('#') ? null : link.pathname + link.search;
}
