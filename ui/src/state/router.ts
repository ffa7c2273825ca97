import { Signal } from './signal.js';

export type Route =
  | { page: 'dashboard' }
  | { page: 'session'; id: string }
  | { page: 'tools' }
  | { page: 'credentials' }
  | { page: 'not-found'; path: string };

export const paths = {
  dashboard: '/',
  tools: '/settings/tools',
  credentials: '/auth',
  session: (id: string) => `/sessions/${encodeURIComponent(id)}`,
} as const;

/** The page a path names. */
export function routeOf(path: string): Route {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (trimmed === '' || trimmed === '/') return { page: 'dashboard' };
  if (trimmed === paths.tools) return { page: 'tools' };
  if (trimmed === paths.credentials) return { page: 'credentials' };
  const id = /^\/sessions\/([^/]+)$/.exec(trimmed)?.[1];
  if (id !== undefined) {
    try {
      return { page: 'session', id: decodeURIComponent(id) };
    } catch {
      return { page: 'not-found', path };
    }
  }
  return { page: 'not-found', path };
}

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
