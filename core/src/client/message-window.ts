import type { Message } from '../protocol/messages.js';
import { type SessionView, withOlder, withResults } from '../protocol/session-view.js';

/** More messages than these are not kept for drawing; beyond, those farthest from the reader go. */
export const MOST = 400;
const KEPT = 300;
/** A reader who is elsewhere is left in peace for so long. */
const MOST_UNREAD = 800;
const TAIL = 100;

/** What a reader looks at: the live end, and where they went elsewhere the stretch of messages around that place. */
export interface Reading {
  /** Always at the live end: what events are folded into. */
  readonly view: SessionView;
  /** Without a gap and not reaching the live end; null for a reader who is there. */
  readonly window: readonly Message[] | null;
}

/** The live end alone, with no more than is drawn. */
export function atEnd(view: SessionView): Reading {
  return { view: view.messages.length > MOST ? newest(view, KEPT) : view, window: null };
}

/** After something arrived: the end is kept short, unless a reader is somewhere in it. */
export function bounded({ view, window }: Reading, isFollowing: boolean): Reading {
  const { length } = view.messages;
  if (window || isFollowing)
    return length > MOST ? { view: newest(view, window ? TAIL : KEPT), window } : { view, window };
  if (length <= MOST_UNREAD) return { view, window };
  return { view: newest(view, TAIL), window: view.messages.slice(0, length - TAIL) };
}

/** With an older page in front; what is farthest below goes. */
export function withOlderPage({ view, window }: Reading, page: readonly Message[]): Reading {
  if (window) return { view, window: [...before(page, window), ...window].slice(0, KEPT) };
  const grown = withOlder(view, page);
  if (grown.messages.length <= MOST) return { view: grown, window: null };
  return { view: newest(grown, TAIL), window: grown.messages.slice(0, KEPT) };
}

/** With a newer page behind; what is farthest above goes. Once it meets the live end, the reader is there. */
export function withNewerPage(reading: Reading, page: readonly Message[]): Reading {
  const { view, window } = reading;
  if (!window) return reading;
  const last = window.at(-1)?.pos ?? 0;
  return met(view, [...window, ...page.filter(({ pos }) => pos > last)].slice(-KEPT));
}

/** At another place of the conversation. */
export function around({ view }: Reading, page: readonly Message[]): Reading {
  return met(view, page);
}

/** A fresh snapshot under a reader: what they had stays, as far as it is of the same conversation. */
export function renewed({ view: had, window }: Reading, fresh: SessionView, isFollowing: boolean): Reading {
  if (had.conversation_id !== fresh.conversation_id) return { view: fresh, window: null };
  const kept = met(fresh, window ?? had.messages);
  return kept.window && isFollowing && !window ? { view: fresh, window: null } : kept;
}

function met(view: SessionView, window: readonly Message[]): Reading {
  const [first] = view.messages;
  const last = window.at(-1);
  if (!last) return { view, window: null };
  if (!first || last.pos < first.pos - 1) return { view, window };
  return { view: withOlder(view, window), window: null };
}

function before(page: readonly Message[], window: readonly Message[]): Message[] {
  const first = window[0]?.pos ?? Number.POSITIVE_INFINITY;
  return page.filter(({ pos }) => pos < first);
}

function newest(view: SessionView, count: number): SessionView {
  const messages = view.messages.slice(-count);
  return { ...view, messages, results: withResults(new Map(), messages) };
}

/** What is drawn: of a place that is not the live end only its messages, with nothing that happens now. */
export function shownOf({ view, window }: Reading): SessionView {
  if (!window) return view;
  const last = window.at(-1)?.created_at ?? '';
  return {
    ...view,
    messages: window,
    results: withResults(new Map(), window),
    notices: view.notices.filter(({ at }) => at <= last),
    draft: null,
    tools: new Map(),
    turn: { ...view.turn, state: 'completed', error: null, retry: null, waiting: null },
  };
}
