/** What single keys do outside text fields, and the few chords that work everywhere. */
export interface Commands {
  newSession(): void;
  shortcuts(): void;
  composer(): void;
  theme(): void;
  sidebar(): void;
  escape(): void;
  liveEnd(): void;
  thoughts(): void;
  /** By number from 1. */
  session(number: number): void;
  /** By distance from the current one. */
  neighbour(step: 1 | -1): void;
  turn(step: 1 | -1): void;
  needing(): void;
  /** Opens or closes the blocks of the message with the focus. */
  blocks(): void;
  copyTurn(): void;
  /** Of the session or card with the focus. */
  retry(): void;
  stop(): void;
  /** To the next region of the page, or back. */
  region(step: 1 | -1): void;
  dashboard(): void;
  settings(): void;
}

const SEQUENCE_MS = 1000;

/** Listens on the document; gives the undo. */
export function listenToKeys(commands: Commands): () => void {
  let leader = 0;
  const single: Record<string, () => void> = {
    n: commands.newSession,
    '?': commands.shortcuts,
    '/': commands.composer,
    t: commands.theme,
    '.': commands.needing,
    '[': () => commands.neighbour(-1),
    ']': () => commands.neighbour(1),
    j: () => commands.turn(1),
    k: () => commands.turn(-1),
    o: commands.blocks,
    O: commands.thoughts,
    y: commands.copyTurn,
    R: commands.retry,
    x: commands.stop,
    End: commands.liveEnd,
  };
  const afterG: Record<string, () => void> = { d: commands.dashboard, s: commands.settings };

  function commandOf(event: KeyboardEvent): (() => void) | undefined {
    if (event.key === 'F6') return () => commands.region(event.shiftKey ? -1 : 1);
    if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === 'b' ? commands.sidebar : undefined;
    if (event.altKey || isTyping(event.target)) return undefined;
    const follows = Date.now() - leader < SEQUENCE_MS;
    leader = event.key === 'g' ? Date.now() : 0;
    if (follows && afterG[event.key]) return afterG[event.key];
    if (/^[1-9]$/.test(event.key)) return () => commands.session(Number(event.key));
    return single[event.key];
  }

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') {
      commands.escape();
      return;
    }
    if (document.querySelector('[role="dialog"]')) return;
    const command = commandOf(event);
    if (!command) return;
    event.preventDefault();
    command();
  }

  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

/** Whether the key belongs to a field or to an open menu. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="menu"]') !== null;
}
