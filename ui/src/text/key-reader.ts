/** What keys do. Numbers of sessions come as `session 3`. */
export type KeyCommand =
  | 'palette'
  | 'shortcuts'
  | 'new session'
  | 'needing'
  | 'previous'
  | 'next'
  | `session ${number}`
  | 'dashboard'
  | 'usage'
  | 'settings'
  | 'sidebar'
  | 'theme'
  | 'composer'
  | 'next turn'
  | 'previous turn'
  | 'blocks'
  | 'thoughts'
  | 'copy'
  | 'live end'
  | 'approve'
  | 'deny'
  | 'edit'
  | 'review'
  | 'retry'
  | 'stop'
  | 'save'
  | 'panel'
  | `panel ${'tools' | 'mcp' | 'context' | 'usage' | 'wire'}`
  | 'next region'
  | 'previous region';

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const SEQUENCE_MS = 1000;

const single: Record<string, KeyCommand> = {
  '?': 'shortcuts',
  n: 'new session',
  '.': 'needing',
  '[': 'previous',
  ']': 'next',
  t: 'theme',
  '/': 'composer',
  j: 'next turn',
  k: 'previous turn',
  o: 'blocks',
  O: 'thoughts',
  y: 'copy',
  a: 'approve',
  d: 'deny',
  e: 'edit',
  r: 'review',
  R: 'retry',
  x: 'stop',
};
const chords: Record<string, KeyCommand> = { k: 'palette', b: 'sidebar', j: 'panel', s: 'save' };
const sequences: Record<string, Record<string, KeyCommand>> = {
  g: { d: 'dashboard', u: 'usage', s: 'settings' },
  v: { t: 'panel tools', m: 'panel mcp', c: 'panel context', u: 'panel usage', w: 'panel wire' },
};

/** Reads keys one after another. A sequence is two keys within a second. */
export class KeyReader {
  #leader = '';
  #at = 0;

  /**
   * What the key asks for, or null. While someone types, only chords and F6 count; single keys can be switched off, for
   * who speaks to the machine or hits keys by accident.
   */
  read(key: Key, { isTyping, hasSingleKeys }: { isTyping: boolean; hasSingleKeys: boolean }, now = Date.now()) {
    const command = this.#command(key, isTyping, hasSingleKeys, now);
    return command ?? null;
  }

  #command(key: Key, isTyping: boolean, hasSingleKeys: boolean, now: number): KeyCommand | undefined {
    if (key.key === 'F6') return key.shiftKey ? 'previous region' : 'next region';
    if (key.altKey) return undefined;
    if (key.ctrlKey || key.metaKey) return key.shiftKey ? undefined : chords[key.key.toLowerCase()];
    if (isTyping) return undefined;
    if (key.key === 'End') return 'live end';
    if (!hasSingleKeys) return undefined;
    const second = now - this.#at < SEQUENCE_MS ? sequences[this.#leader]?.[key.key] : undefined;
    this.#leader = second === undefined && key.key in sequences ? key.key : '';
    this.#at = now;
    if (second) return second;
    return /^[1-9]$/.test(key.key) ? `session ${Number(key.key)}` : single[key.key];
  }
}
