import type { Session } from '@maestro/core/protocol';
import type { MxSession } from '../pages/mx-session.js';
import { app } from '../state/app.js';
import { type Command, tellCommand } from '../state/command.js';
import { paths } from '../state/route.js';
import type { KeyCommand } from '../text/key-reader.js';
import { groupOf } from '../text/status.js';
import {
  copyMessage,
  focusMessage,
  focusRegion,
  press,
  submitForm,
  toggleBlocks,
  toggleThoughts,
} from './page-keys.js';

export interface ShellKeys {
  palette(): void;
  shortcuts(): void;
  newSession(): void;
  toggleNav(): void;
}

/** Does what a key asks for. False where there is nothing to do it with: then the key stays the browser's. */
export function runCommand(command: KeyCommand, root: HTMLElement, shell: ShellKeys): boolean {
  const page = root.querySelector<MxSession>('mx-session');
  const number = /^session (\d)$/.exec(command)?.[1];
  if (number !== undefined) return open(app.sessions.value[Number(number) - 1]);
  const tab = /^panel (tools|mcp|context|usage|wire)$/.exec(command)?.[1];
  if (tab !== undefined) return tellCommand({ name: 'panel', tab } as Command);
  switch (command) {
    case 'palette':
      return did(shell.palette());
    case 'shortcuts':
      return did(shell.shortcuts());
    case 'new session':
      return did(shell.newSession());
    case 'sidebar':
      return did(shell.toggleNav());
    case 'theme':
      return did(app.theme.next());
    case 'dashboard':
      return did(app.router.go(paths.dashboard));
    case 'usage':
      return did(app.router.go(paths.usage));
    case 'settings':
      return did(app.router.go(paths.tools));
    case 'needing':
      return page?.focusApproval() || open(nextNeeding());
    case 'previous':
      return open(neighbour(-1));
    case 'next':
      return open(neighbour(1));
    case 'composer':
      return page !== null && did(page.focusComposer());
    case 'live end':
      return page !== null && did(page.toEnd());
    case 'next turn':
      return focusMessage(root, 1);
    case 'previous turn':
      return focusMessage(root, -1);
    case 'blocks':
      return toggleBlocks(root);
    case 'thoughts':
      return toggleThoughts(root);
    case 'copy':
      return did(void copyMessage(root));
    case 'next region':
      return focusRegion(root, 1);
    case 'previous region':
      return focusRegion(root, -1);
    case 'save':
      return submitForm(root);
    case 'panel':
      return tellCommand({ name: 'panel' });
    case 'approve':
    case 'deny':
    case 'edit':
    case 'review':
    case 'retry':
    case 'stop':
      return tellCommand({ name: command }) || press(root, command);
    default:
      return false;
  }
}

function did(_done: unknown): true {
  return true;
}

function open(session: Session | undefined): boolean {
  if (!session) return false;
  app.router.go(paths.session(session.session_id));
  return true;
}

function currentId(): string | null {
  const route = app.router.value;
  return route.page === 'session' ? route.id : null;
}

/** The one after the session that is open, round and round. */
function nextNeeding(): Session | undefined {
  const needing = app.sessions.value.filter(({ status }) => groupOf(status) === 'needs');
  const at = needing.findIndex(({ session_id }) => session_id === currentId());
  return needing[(at + 1) % Math.max(1, needing.length)];
}

function neighbour(step: 1 | -1): Session | undefined {
  const all = app.sessions.value;
  const at = all.findIndex(({ session_id }) => session_id === currentId());
  if (at < 0) return step === 1 ? all[0] : all[all.length - 1];
  return all[(at + step + all.length) % all.length];
}
