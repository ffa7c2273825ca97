import type { Route } from '../state/route.js';

export type PageName = Exclude<Route['page'], 'not-found'>;

/** Every page of this folder, loaded when it is first shown. A page that does not exist yet is not in it. */
const modules = import.meta.glob(['../pages/mx-*.ts', '!../pages/mx-not-found.ts', '!../pages/mx-signin.ts']);

/** Which file draws which page. */
const files: Record<PageName, string> = {
  dashboard: 'mx-dashboard',
  session: 'mx-session',
  credentials: 'mx-credentials',
  tools: 'mx-tools',
  mcp: 'mx-mcp',
  templates: 'mx-templates',
  plugins: 'mx-plugins',
  usage: 'mx-usage-page',
};

/** Loads the page; null where there is none. */
export function pageLoader(page: Route['page']): (() => Promise<unknown>) | null {
  return (page !== 'not-found' && modules[`../pages/${files[page]}.ts`]) || null;
}
