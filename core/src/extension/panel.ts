import type { View } from '../protocol/views.js';

/** A view of its own beside the conversations. Registered with `ctx.panels.add`; both hosts draw it. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly slot: 'dashboard' | 'session' | 'settings';
  /** 4, 6 or 12 of twelve columns; `s` unless given. */
  readonly size?: 's' | 'm' | 'l';
  /**
   * What to show, again and again as it changes. Must stop soon after `signal` aborts; an error
   * it throws is shown in its place and stops nothing else.
   */
  view(ctx: PanelContext, signal: AbortSignal): AsyncIterable<View>;
  /** What its buttons and forms do, by the name they carry. */
  readonly actions?: Readonly<Record<string, PanelAction>>;
  /** A custom element for the browser: beside the view, never instead of it. */
  readonly web?: URL;
}

export type PanelAction = (input: Readonly<Record<string, unknown>>, ctx: PanelContext) => void | Promise<void>;

export interface PanelContext {
  /** The session it is shown for; undefined outside the slot `session`. */
  readonly sessionId: string | undefined;
}
