import { type KeyCommand, KeyReader } from '../text/key-reader.js';
import { Signal } from './signal.js';

const KEY = 'maestro.single-keys';

/** Whether single keys do anything. Kept in this browser. */
export class SingleKeys extends Signal<boolean> {
  constructor() {
    super(localStorage.getItem(KEY) !== 'off');
  }

  choose(on: boolean): void {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, 'off');
    this.value = on;
  }
}

export interface KeyListener {
  /** Does it; false where there is nothing to do, so that the key stays the browser's. */
  run(command: KeyCommand): boolean;
  escape(): void;
}

/** Listens on the document, after every element had its say; gives the undo. */
export function listenToKeys(singleKeys: SingleKeys, listener: KeyListener): () => void {
  const reader = new KeyReader();

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') {
      listener.escape();
      return;
    }
    if (document.querySelector('[role="dialog"]')) return;
    const command = reader.read(event, { isTyping: isTyping(event.target), hasSingleKeys: singleKeys.value });
    if (command !== null && listener.run(command)) event.preventDefault();
  }

  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

/** Whether the key belongs to a field or to an open menu. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="menu"]') !== null;
}
