export type Route =
  | { page: 'dashboard' }
  /** With a message or a call in the address the page opens there. */
  | { page: 'session'; id: string; message_id?: string; call_id?: string }
  | { page: 'credentials' }
  | { page: 'tools' }
  | { page: 'mcp' }
  | { page: 'templates'; id?: string }
  | { page: 'plugins'; name?: string }
  | { page: 'usage' }
  | { page: 'not-found'; path: string };

const part = encodeURIComponent;

export const paths = {
  dashboard: '/',
  tools: '/settings/tools',
  mcp: '/settings/mcp',
  templates: '/settings/templates',
  template: (id: string) => `/settings/templates/${part(id)}`,
  plugins: '/settings/plugins',
  // The server gives the page for plain segments alone, and the names of packages are such.
  plugin: (name: string) => `/settings/plugins/${name.split('/').map(part).join('/').replace('%40', '@')}`,
  credentials: '/auth',
  usage: '/usage',
  session: (id: string) => `/sessions/${part(id)}`,
  message: (id: string, message_id: string) => `/sessions/${part(id)}/messages/${part(message_id)}`,
  call: (id: string, call_id: string) => `/sessions/${part(id)}/calls/${part(call_id)}`,
} as const;

/** Each shape of address with the page it names; what it catches comes decoded. */
const shapes: [shape: RegExp, route: (...caught: string[]) => Route][] = [
  [/^\/$/, () => ({ page: 'dashboard' })],
  [/^\/auth$/, () => ({ page: 'credentials' })],
  [/^\/usage$/, () => ({ page: 'usage' })],
  [/^\/settings\/tools$/, () => ({ page: 'tools' })],
  [/^\/settings\/mcp$/, () => ({ page: 'mcp' })],
  [/^\/settings\/templates$/, () => ({ page: 'templates' })],
  [/^\/settings\/templates\/([^/]+)$/, (id = '') => ({ page: 'templates', id })],
  [/^\/settings\/plugins$/, () => ({ page: 'plugins' })],
  // The name of a plugin may be scoped, and its slash typed as it is.
  [/^\/settings\/plugins\/(.+)$/, (name = '') => ({ page: 'plugins', name })],
  [/^\/sessions\/([^/]+)$/, (id = '') => ({ page: 'session', id })],
  [/^\/sessions\/([^/]+)\/messages\/([^/]+)$/, (id = '', message_id = '') => ({ page: 'session', id, message_id })],
  [/^\/sessions\/([^/]+)\/calls\/([^/]+)$/, (id = '', call_id = '') => ({ page: 'session', id, call_id })],
];

/** The page a path names. */
export function routeOf(path: string): Route {
  const trimmed = path.replace(/\/+$/, '') || '/';
  for (const [shape, route] of shapes) {
    const caught = shape.exec(trimmed);
    if (!caught) continue;
    try {
      return route(...caught.slice(1).map(decodeURIComponent));
    } catch {
      break;
    }
  }
  return { page: 'not-found', path };
}
