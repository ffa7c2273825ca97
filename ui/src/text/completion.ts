/** What is being typed that can be completed, and where it stands in the text. */
export interface Wanted {
  kind: 'file' | 'command' | 'argument';
  /** What was typed of it so far, without its sign. */
  query: string;
  from: number;
  to: number;
  /** With `argument`: of which command. */
  command?: string;
}

/** Longer than any name a person types to find a file. */
const LONGEST = 200;

/** A file behind an `@`, a command behind the `/` a text begins with, or what such a command is about. */
export function wantedAt(text: string, caret: number): Wanted | null {
  const before = text.slice(0, caret);
  const command = /^\/([\w-]*)$/.exec(before);
  if (command) return { kind: 'command', query: command[1] ?? '', from: 0, to: caret };
  const argument = /^\/([\w-]+) ([^\n]*)$/.exec(before);
  if (argument) {
    const query = argument[2] ?? '';
    return { kind: 'argument', query, from: caret - query.length, to: caret, command: argument[1] ?? '' };
  }
  const file = /(?:^|[\s([{])@("?)([^\s"]*)$/.exec(before.slice(-LONGEST));
  if (!file) return null;
  const query = file[2] ?? '';
  return { kind: 'file', query, from: caret - query.length - (file[1] ?? '').length - 1, to: caret };
}

/** The text with what was chosen in place of what was typed, and where the caret is then. */
export function completed(text: string, wanted: Wanted, value: string): { text: string; caret: number } {
  const put = { file: fileMention(value), command: `/${value} `, argument: value }[wanted.kind];
  const rest = text.slice(wanted.to);
  // Behind a directory one goes on typing; a space that stands there already is enough.
  const isOpen = wanted.kind === 'file' && value.endsWith('/');
  const space = wanted.kind !== 'file' || isOpen || rest.startsWith(' ') ? '' : ' ';
  const head = text.slice(0, wanted.from) + put + space;
  return { text: head + rest, caret: head.length };
}

function fileMention(path: string): string {
  return /\s/.test(path) ? `@"${path}"` : `@${path}`;
}

/** A text parted at what was looked for, so that it can be set off. */
export function highlighted(text: string, query: string): { text: string; isHit: boolean }[] {
  const at = query === '' ? -1 : text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [{ text, isHit: false }];
  const parts = [
    { text: text.slice(0, at), isHit: false },
    { text: text.slice(at, at + query.length), isHit: true },
    { text: text.slice(at + query.length), isHit: false },
  ];
  return parts.filter((part) => part.text !== '');
}
