import type { Message, Session, SessionView, TemplateResource } from '@maestro/core/protocol';
import type { Completion } from '../elements/mx-completion.js';
import { count, sessionCost } from '../text/format.js';
import { app } from './app.js';
import type { PaletteEntry } from './palette-entries.js';
import { paths } from './route.js';
import { saveFile } from './save-file.js';
import { type CommandContext, registerSlashCommand } from './slash-commands.js';

/** Read when somebody writes `/agent`; templates change rarely, and the choice is checked by the server. */
let templates: readonly TemplateResource[] = [];

/** Reads what commands offer behind their names. */
export async function loadCommandOptions(): Promise<void> {
  templates = (await app.attempt('Templates not loaded', () => app.rest.templates()))?.items ?? [];
}

export async function exportSession({ session_id }: Session, format: 'json' | 'markdown'): Promise<void> {
  const file = await app.attempt('Not exported', () => app.rest.exportSession(session_id, format));
  if (!file) return;
  saveFile(file.name, 'application/octet-stream', file.bytes as BlobPart);
  app.toasts.show('ok', 'Session exported', file.name);
}

/** A session of its own that begins with what was said here. */
export async function forkSession({ session_id }: Session): Promise<void> {
  const fork = await app.attempt('Not forked', () => app.rest.fork(session_id));
  if (fork) app.router.go(paths.session(fork.session_id));
}

export async function clearConversation({ session_id }: Session): Promise<void> {
  const begun = await app.attempt('No new conversation', () => app.rest.newConversation(session_id));
  if (begun) app.toasts.show('ok', 'New conversation', 'The one before stays in the database.');
}

export async function compactSession({ session_id }: Session, keep: string): Promise<void> {
  await app.attempt('Not compacted', () => app.rest.compact(session_id, keep === '' ? null : keep));
}

/** What can be done with a session as a whole, for the palette. */
export function sessionEntries(session: Session): PaletteEntry[] {
  return [
    { id: 'compact', title: 'Compact the context', icon: 'fold-vertical', run: () => compactSession(session, '') },
    { id: 'fork', title: 'Fork this session', icon: 'git-fork', run: () => forkSession(session) },
    {
      id: 'export',
      title: 'Export as Markdown',
      words: 'save',
      icon: 'download',
      run: () => exportSession(session, 'markdown'),
    },
    {
      id: 'export-json',
      title: 'Export as JSON',
      words: 'save',
      icon: 'download',
      run: () => exportSession(session, 'json'),
    },
    {
      id: 'clear',
      title: 'Begin a new conversation',
      words: 'clear',
      icon: 'message-square',
      run: () => clearConversation(session),
    },
  ];
}

function showCost({ session }: CommandContext): void {
  const { request_tokens, response_tokens } = session.totals;
  const tokens = `${count(request_tokens + response_tokens)} tokens, ${count(request_tokens)} in, ${count(response_tokens)} out`;
  app.toasts.show('info', `Session cost ${sessionCost(session.totals)}`, tokens);
}

/** The person the agent is from the next message on; the conversation stays. */
async function handTo({ session, args, write }: CommandContext): Promise<void> {
  if (args === '') return write('/agent ');
  const template = templates.find(({ name }) => name.toLowerCase() === args.toLowerCase());
  if (!template) {
    app.toasts.show(
      'error',
      `There is no template "${args}"`,
      `Known: ${templates.map(({ name }) => name).join(', ') || 'none'}.`,
    );
    return;
  }
  const { name, system_prompt, preferred_provider: provider, preferred_model: model } = template;
  const moved = provider !== null && { provider, ...(model !== null && { model }) };
  const change = { agent_name: name, system_prompt, ...moved };
  const done = await app.attempt('Not handed over', () => app.rest.patchSession(session.session_id, change));
  if (done) app.toasts.show('ok', `From the next message: ${name}`);
}

async function switchModel({ session, args, show }: CommandContext): Promise<void> {
  if (args === '') return show('model');
  const at = args.indexOf('/');
  const named = app.providers.value.some(({ id }) => id === args.slice(0, at)) ? args.slice(0, at) : null;
  const change = named === null ? { model: args } : { provider: named, model: args.slice(at + 1) };
  await app.attempt('Not changed', () => app.rest.patchSession(session.session_id, change));
}

/** No server knows what a file was before: the agent that changed it does. */
function undoLast({ view, write }: CommandContext): void {
  const path = lastChanged(view);
  if (path === null)
    app.toasts.show('info', 'Nothing to undo', 'No file was changed in what is loaded of this conversation.');
  else write(`Undo your last change to ${path}, and nothing else.`);
}

function lastChanged({ messages }: SessionView): string | null {
  for (const message of [...messages].reverse()) {
    const path = changedBy(message);
    if (path !== null) return path;
  }
  return null;
}

function changedBy({ parts }: Message): string | null {
  const content = parts.flatMap((part) => (part.type === 'tool_result' ? part.content : []));
  const paths = content.flatMap((part) => (part.type === 'diff' ? [part.path] : []));
  return paths[paths.length - 1] ?? null;
}

const completion = (value: string, detail: string): Completion => ({ value, label: value, detail });

registerSlashCommand({
  name: 'compact',
  title: 'Shorten the context, keep the task',
  hint: '[what to keep]',
  run: ({ session, args }) => compactSession(session, args),
});
registerSlashCommand({ name: 'model', title: 'Switch provider or model', hint: '[model]', run: switchModel });
registerSlashCommand({
  name: 'agent',
  title: 'Hand this to another template',
  hint: '[template]',
  options: () => templates.map(({ name, role, description }) => completion(name, role ?? description)),
  run: handTo,
});
registerSlashCommand({ name: 'tools', title: 'Tools of this session', run: ({ show }) => show('tools') });
registerSlashCommand({ name: 'undo', title: 'Have the last change of a file undone', run: undoLast });
registerSlashCommand({
  name: 'find',
  title: 'Search this conversation',
  run: ({ show }) => show('search'),
});
registerSlashCommand({
  name: 'fork',
  title: 'A session of its own from here',
  run: ({ session }) => forkSession(session),
});
registerSlashCommand({ name: 'cost', title: 'Tokens and money of this session', run: showCost });
registerSlashCommand({
  name: 'export',
  title: 'Keep the session as a file',
  hint: '[markdown|json]',
  options: () => [completion('markdown', 'for people'), completion('json', 'for programs')],
  run: ({ session, args }) => exportSession(session, args === 'json' ? 'json' : 'markdown'),
});
registerSlashCommand({
  name: 'clear',
  title: 'Begin a new conversation',
  run: ({ session }) => clearConversation(session),
});
