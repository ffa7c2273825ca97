import type { Session } from '@maestro/core/protocol';
import { app } from '../state/app.js';
import type { PaletteEntry } from '../state/palette-entries.js';
import { paths } from '../state/route.js';
import { plural } from '../text/format.js';
import { groupOf, isBusy } from '../text/status.js';
import { visible } from '../text/visible.js';

/** What the shell does for a command. */
export interface ShellActions {
  newSession(): void;
  shortcuts(): void;
  setUp(): void;
  toggleNav(): void;
  /** Where the model of the open session is chosen. */
  focusModel(): void;
}

/** What can be done wherever one is. */
export function shellCommands(shell: ShellActions): PaletteEntry[] {
  const go = (path: string) => () => app.router.go(path);
  return [
    { id: 'new', title: 'New session', words: 'start agent', icon: 'plus', keys: ['N'], run: shell.newSession },
    { id: 'dashboard', title: 'Dashboard', words: 'go home', icon: 'layout-grid', keys: ['G', 'D'], run: go('/') },
    {
      id: 'usage',
      title: 'Usage',
      words: 'go cost tokens money budget',
      icon: 'chart-column',
      keys: ['G', 'U'],
      run: go(paths.usage),
    },
    { id: 'templates', title: 'Templates', words: 'go roles', icon: 'contact-round', run: go(paths.templates) },
    {
      id: 'tools',
      title: 'Tools',
      words: 'go settings permissions',
      icon: 'wrench',
      keys: ['G', 'S'],
      run: go(paths.tools),
    },
    { id: 'mcp', title: 'MCP servers', words: 'go', icon: 'plug-zap', run: go(paths.mcp) },
    {
      id: 'credentials',
      title: 'Credentials',
      words: 'go api key sign in login oauth',
      icon: 'key-round',
      run: go(paths.credentials),
    },
    { id: 'plugins', title: 'Plugins', words: 'go panels extensions', icon: 'blocks', run: go(paths.plugins) },
    ...(['system', 'dark', 'light'] as const).map(
      (theme): PaletteEntry => ({
        id: `theme-${theme}`,
        title: theme === 'system' ? 'Theme like the system' : `Theme ${theme}`,
        words: 'colours appearance',
        icon: 'sun-moon',
        hint: app.theme.value === theme ? 'now' : '',
        run: () => app.theme.choose(theme),
      }),
    ),
    {
      id: 'shortcuts',
      title: 'Keyboard shortcuts',
      words: 'help keys',
      icon: 'keyboard',
      keys: ['?'],
      run: shell.shortcuts,
    },
    {
      id: 'sidebar',
      title: 'Toggle sidebar',
      words: 'navigation collapse',
      icon: 'panel-left',
      keys: ['Ctrl', 'B'],
      run: shell.toggleNav,
    },
    {
      id: 'refresh',
      title: 'Refresh all sign-ins',
      words: 'force token oauth',
      icon: 'refresh-cw',
      run: refreshSignIns,
    },
    { id: 'setup', title: 'Set up', words: 'first run onboarding', icon: 'play', run: shell.setUp },
    {
      id: 'sign-out',
      title: 'Sign this browser out',
      words: 'log out token',
      icon: 'log-out',
      run: () => app.signOut('This browser is signed out.'),
    },
  ];
}

/** What can be done with one session, where it stands now. */
export function sessionActions(session: Session | null, shell: ShellActions): PaletteEntry[] {
  if (!session) return [];
  const { session_id, status, agent_name, model } = session;
  const open = () => app.router.go(paths.session(session_id));
  const actions: PaletteEntry[] = [];
  if (status === 'approval') actions.push(...approvals(session_id));
  if (groupOf(status) === 'needs')
    actions.push({ id: 'review', title: 'Review', icon: 'file-diff', keys: ['R'], run: open });
  if (isBusy(status))
    actions.push({
      id: 'stop',
      title: 'Stop this turn',
      icon: 'octagon-pause',
      keys: ['X'],
      run: () => app.attempt('Not stopped', () => app.rest.stop(session_id)),
    });
  if (status === 'error' || status === 'interrupted')
    actions.push({
      id: 'retry',
      title: 'Retry the last turn',
      icon: 'rotate-cw',
      keys: ['Shift', 'R'],
      run: () => app.attempt('Not retried', () => app.rest.retry(session_id)),
    });
  actions.push({
    id: 'model',
    title: `Switch model for ${visible(agent_name)}`,
    icon: 'shuffle',
    hint: visible(model),
    run: () => {
      open();
      shell.focusModel();
    },
  });
  actions.push(
    {
      id: 'export',
      title: 'Export the transcript',
      icon: 'file-text',
      hint: 'Markdown',
      run: async () => (await import('../state/session-commands.js')).exportSession(session, 'markdown'),
    },
    {
      id: 'compact',
      title: 'Compact the conversation',
      icon: 'refresh-cw',
      run: async () => (await import('../state/session-commands.js')).compactSession(session, ''),
    },
  );
  return actions;
}

/** Fresh tokens for every sign-in, before they are due. */
async function refreshSignIns(): Promise<void> {
  await app.attempt('Sign-ins not refreshed', async () => {
    const { items } = await app.rest.credentials();
    const signIns = items.filter(({ auth_type }) => auth_type === 'oauth');
    for (const { id } of signIns) await app.rest.refreshCredential(id);
    app.toasts.show('ok', `${plural(signIns.length, 'sign-in')} refreshed`);
  });
}

/** Leave to run a tool can be given from here; a question has to be read where it stands. */
function approvals(session_id: string): PaletteEntry[] {
  return app.approvals.value
    .filter((one) => one.kind === 'tool' && one.root_session_id === session_id && one.state === 'open')
    .map(({ id, tool }) => ({
      id: `approve-${id}`,
      title: `Approve ${visible(tool ?? 'the call')}`,
      icon: 'check',
      keys: ['A'],
      run: () => app.attempt('Not approved', () => app.rest.answerApproval(id, { decision: 'allow' })),
    }));
}

/** Files of the open session, found by the server; choosing one mentions it in the composer. */
export async function sessionFiles(
  query: string,
  session: Session | null,
  mention: (path: string) => void,
): Promise<PaletteEntry[]> {
  if (!session) return [];
  const { items } = await app.rest.workingFiles(session.session_id, { q: query, limit: 20 });
  return items.map(({ path }) => ({
    id: path,
    title: path,
    icon: path.endsWith('/') ? 'folder' : 'file-text',
    run: () => mention(path),
  }));
}
