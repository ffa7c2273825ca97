/** What a key does, as the list of shortcuts shows it. The keys are read in key-reader.ts, and by the elements. */
export interface Shortcut {
  keys: readonly string[];
  /** Pressed after the first within a second. */
  second?: readonly string[];
  does: string;
}

export interface ShortcutGroup {
  name: string;
  list: readonly Shortcut[];
}

/** Three columns, as they stand on the screen. */
export const shortcuts: readonly (readonly ShortcutGroup[])[] = [
  [
    {
      name: 'Anywhere',
      list: [
        { keys: ['Ctrl', 'K'], does: 'Command palette' },
        { keys: ['?'], does: 'This list' },
        { keys: ['N'], does: 'New session' },
        { keys: ['1…9'], does: 'Session 1 to 9' },
        { keys: ['.'], does: 'Next that needs you' },
        { keys: ['[', ']'], does: 'Previous, next session' },
        { keys: ['Ctrl', 'B'], does: 'Toggle sidebar' },
        { keys: ['Ctrl', 'S'], does: 'Save the form' },
        { keys: ['T'], does: 'Theme' },
        { keys: ['F6'], does: 'Next region of the page' },
        { keys: ['Esc'], does: 'Close the top layer' },
      ],
    },
    {
      name: 'Go to',
      list: [
        { keys: ['G'], second: ['D'], does: 'Dashboard' },
        { keys: ['G'], second: ['U'], does: 'Usage' },
        { keys: ['G'], second: ['S'], does: 'Settings' },
      ],
    },
  ],
  [
    {
      name: 'Dashboard',
      list: [
        { keys: ['←', '↑', '→', '↓'], does: 'Move between cards' },
        { keys: ['Enter'], does: 'Open' },
        { keys: ['A'], does: 'Approve' },
        { keys: ['R'], does: 'Review' },
        { keys: ['Shift', 'R'], does: 'Retry' },
        { keys: ['X'], does: 'Stop' },
      ],
    },
    {
      name: 'Conversation',
      list: [
        { keys: ['K', 'J'], does: 'Previous, next turn' },
        { keys: ['O'], does: 'Open or close block' },
        { keys: ['Shift', 'O'], does: 'All thinking' },
        { keys: ['A', 'D', 'E'], does: 'Approve, deny, edit' },
        { keys: ['Y'], does: 'Copy turn' },
        { keys: ['Shift', 'R'], does: 'Retry turn' },
        { keys: ['End'], does: 'Jump to live end' },
      ],
    },
  ],
  [
    {
      name: 'Composer',
      list: [
        { keys: ['/'], does: 'Focus' },
        { keys: ['Enter'], does: 'Send or queue' },
        { keys: ['Ctrl', 'Enter'], does: 'Interrupt and send' },
        { keys: ['Shift', 'Enter'], does: 'New line' },
        { keys: ['Esc', 'Esc'], does: 'Stop the turn' },
        { keys: ['↑'], does: 'Edit last message' },
        { keys: ['@'], does: 'Mention a file' },
        { keys: ['/'], does: 'Commands' },
      ],
    },
    {
      name: 'Side panel',
      list: [
        { keys: ['Ctrl', 'J'], does: 'Show or hide' },
        { keys: ['V'], second: ['T', 'M', 'C'], does: 'Tools, MCP, Context' },
        { keys: ['V'], second: ['U', 'W'], does: 'Usage, Wire' },
      ],
    },
  ],
];

/** The list with what matches: words of what a key does, or the key itself. */
export function filterShortcuts(filter: string): ShortcutGroup[][] {
  const wanted = filter.trim().toLowerCase();
  const matches = ({ does, keys, second = [] }: Shortcut) =>
    `${does} ${[...keys, ...second].join(' ')}`.toLowerCase().includes(wanted);
  return shortcuts
    .map((column) =>
      column.map(({ name, list }) => ({ name, list: list.filter(matches) })).filter(({ list }) => list.length > 0),
    )
    .filter((column) => column.length > 0);
}
