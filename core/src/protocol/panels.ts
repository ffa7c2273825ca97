import type { View } from './views.js';

/** A panel as lists name it. */
export interface PanelResource {
  id: string;
  title: string;
  slot: 'dashboard' | 'session' | 'settings';
  /** How wide it wants to be: 4, 6 or 12 of 12 columns. */
  size: 's' | 'm' | 'l';
  /** The plugin it comes from. */
  plugin: string;
  /** What its buttons and forms may name. */
  actions: string[];
}

/**
 * What a panel shows now: data of `snapshot` and `change` on `panel:ID`, or, in the slot `session`, on
 * `panel:ID/SESSION_ID`. Each one stands for itself, so that the newest is enough.
 */
export interface PanelShown {
  /** Null once its plugin is off. */
  panel: PanelResource | null;
  /** `loading`: nothing came yet. `error`: it broke, see `error`; `view` is what it showed before. `off`: it is not there. */
  state: 'loading' | 'live' | 'error' | 'off';
  view: View | null;
  /** When the view came. */
  at: string | null;
  error: { code: string; message: string } | null;
  /** What the host left out so that the view stays small, one sentence each. */
  left_out: string[];
}

/** Topic of a panel. */
export function panelTopic(id: string, sessionId?: string): string {
  return sessionId === undefined ? `panel:${id}` : `panel:${id}/${sessionId}`;
}
