import { type Route, routeOf } from './route.js';
import { Signal } from './signal.js';

/** Where the page is, and how it goes elsewhere without loading anew. */
export class Router extends Signal<Route> {
  constructor() {
    super(routeOf(location.pathname));
    window.addEventListener('popstate', () => {
      this.value = routeOf(location.pathname);
    });
  }

  go(path: string): void {
    if (path !== location.pathname) history.pushState(null, '', path);
    this.value = routeOf(path);
  }
}

/** The path of a click on one of our own links, or null where the browser should follow it. */
export function internalPath(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
  if (link?.target !== '' || link.origin !== location.origin) return null;
  return link.getAttribute('href')?.startsWith('#') ? null : link.pathname;
}
