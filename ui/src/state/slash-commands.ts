import type { Session, SessionView } from '@maestro/core/protocol';
import type { Completion } from '../elements/mx-completion.js';

/** What a command works on. */
export interface CommandContext {
  session: Session;
  view: SessionView;
  /** What was written behind its name. */
  args: string;
  /** Puts a text into the composer. */
  write(text: string): void;
  /** Opens a part of the page: a tab of the side panel, or a choice in the header. */
  show(what: 'tools' | 'usage' | 'context' | 'model' | 'provider' | 'search'): void;
}

/** A word behind `/` that does something instead of being said. */
export interface SlashCommand {
  name: string;
  /** What it does, in a line. */
  title: string;
  /** What may stand behind it, such as `[json|markdown]`. */
  hint?: string;
  /** Id of the plugin it comes from. */
  from?: string;
  /** What may stand behind it and fits what was typed. */
  options?(session: Session): readonly Completion[];
  run(context: CommandContext): void | Promise<void>;
}

const commands = new Map<string, SlashCommand>();

/** Adds a command, also one of a plugin; gives the undo. The first of a name keeps it. */
export function registerSlashCommand(command: SlashCommand): () => void {
  if (commands.has(command.name)) return () => undefined;
  commands.set(command.name, command);
  return () => void commands.delete(command.name);
}

/** Those whose names begin so, in the order they were added. */
export function slashCommands(query: string): readonly Completion[] {
  const wanted = query.toLowerCase();
  return [...commands.values()]
    .filter(({ name }) => name.startsWith(wanted))
    .map(({ name, title, hint, from }) => {
      const words = hint === undefined ? title : `${title} ${hint}`;
      return { value: name, label: `/${name}`, detail: from === undefined ? words : `${words} (${from})` };
    });
}

/** What may stand behind a command, as far as it fits. */
export function slashArguments(name: string, query: string, session: Session | null): readonly Completion[] {
  const options = session ? (commands.get(name)?.options?.(session) ?? []) : [];
  const wanted = query.trim().toLowerCase();
  return options.filter(({ value, detail }) => `${value} ${detail}`.toLowerCase().includes(wanted)).slice(0, 50);
}

/** The command a text is, and what stands behind it; null where it is words to be said. */
export function slashCommandOf(text: string): { command: SlashCommand; args: string } | null {
  const parts = /^\/([\w-]+)(?:\s+([\s\S]*))?$/.exec(text.trim());
  const command = parts?.[1] === undefined ? undefined : commands.get(parts[1]);
  return command ? { command, args: (parts?.[2] ?? '').trim() } : null;
}
