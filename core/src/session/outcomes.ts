import { text } from '../protocol/messages.js';
import type { ToolEnd } from './tool-run.js';

/** What the model reads of a tool that was running when the server died. Nobody knows, so nothing is claimed. */
export const unknownOutcome: ToolEnd = {
  outcome: 'unknown',
  is_error: true,
  content: [
    text('The server stopped while this ran. It may have taken effect, wholly or partly. Check before repeating.'),
  ],
  duration_ms: null,
};

/** A call that never ran, and why. */
export function skipped(why: string): ToolEnd {
  return { outcome: 'skipped', is_error: true, content: [text(`Not run: ${why}.`)], duration_ms: null };
}

/** A call that was refused before it ran. */
export function refused(why: string): ToolEnd {
  return { outcome: 'failed', is_error: true, content: [text(why)], duration_ms: null };
}

/** The end of a call that a person changed before it ran: the model must not think that its own arguments did. */
export function edited(end: ToolEnd, args: unknown): ToolEnd {
  const json = JSON.stringify(args);
  const shown = json.length > mostShown ? `${json.slice(0, mostShown)}… (${json.length} characters)` : json;
  return {
    ...end,
    content: [text(`The user changed the arguments before this ran. It ran with: ${shown}`), ...end.content],
  };
}

const mostShown = 4_000;
