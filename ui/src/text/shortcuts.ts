/** What a key does, as the list of shortcuts shows it. The keys themselves are handled in keyboard.ts and composer. */
export interface Shortcut {
  keys: string[];
  /** Pressed after the first within a second. */
  second?: string;
  does: string;
}

export const shortcuts: readonly (readonly [group: string, list: readonly Shortcut[]])[] = [
  [
    'Anywhere',
    [
      { keys: ['?'], does: 'This list' },
      { keys: ['N'], does: 'New session' },
      { keys: ['1…9'], does: 'Session 1 to 9' },
      { keys: ['[', ']'], does: 'Previous, next session' },
      { keys: ['.'], does: 'Next that needs you' },
      { keys: ['G'], second: 'D', does: 'Dashboard' },
      { keys: ['G'], second: 'S', does: 'Settings' },
      { keys: ['Ctrl', 'B'], does: 'Sidebar' },
      { keys: ['T'], does: 'Theme' },
      { keys: ['F6'], does: 'Next region of the page' },
      { keys: ['Esc'], does: 'Close the top layer' },
    ],
  ],
  [
    'Session',
    [
      { keys: ['/'], does: 'Write a message' },
      { keys: ['J', 'K'], does: 'Next, previous message' },
      { keys: ['O'], does: 'Open or close its blocks' },
      { keys: ['Shift', 'O'], does: 'Open or close all thoughts' },
      { keys: ['Y'], does: 'Copy the message' },
      { keys: ['End'], does: 'Live end' },
      { keys: ['Shift', 'R'], does: 'Retry, also on a card' },
      { keys: ['X'], does: 'Stop, also on a card' },
      { keys: ['Esc', 'Esc'], does: 'Stop the running turn' },
    ],
  ],
  [
    'Writing',
    [
      { keys: ['Enter'], does: 'Send, or queue while busy' },
      { keys: ['Shift', 'Enter'], does: 'New line' },
      { keys: ['Ctrl', 'Enter'], does: 'Interrupt and send' },
      { keys: ['Up'], does: 'Edit the last message' },
      { keys: ['Ctrl', 'Enter'], does: 'Submit, in a dialog' },
    ],
  ],
];
