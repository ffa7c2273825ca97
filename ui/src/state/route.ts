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
