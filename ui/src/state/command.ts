/** What the shell hears and the parts of a page do. */
export type Command =
  /** Shows or hides the side panel; with a tab, shows that. */
  | { name: 'panel'; tab?: 'tools' | 'mcp' | 'context' | 'usage' | 'wire' }
  | { name: 'approve' | 'deny' | 'edit' | 'review' | 'retry' | 'stop' };

/**
 * Tells the element with the focus and all it stands in, up to the document, what a key asks for. Whoever does it
 * prevents the default of the event; true where somebody did.
 */
export function tellCommand(command: Command): boolean {
  const event = new CustomEvent<Command>('mx-command', {
    detail: command,
    bubbles: true,
    composed: true,
    cancelable: true,
  });
  return !(document.activeElement ?? document).dispatchEvent(event);
}

/** Listens for commands at an element or the whole document; gives the undo. `act` says whether it did it. */
export function onCommand(target: EventTarget, act: (command: Command) => boolean): () => void {
  const listener = (event: Event) => {
    if (!event.defaultPrevented && act((event as CustomEvent<Command>).detail)) event.preventDefault();
  };
  target.addEventListener('mx-command', listener);
  return () => target.removeEventListener('mx-command', listener);
}
