import type { ListedSession, Session } from '@maestro/core/protocol';
import { age, running } from './format.js';
import { groupOf, isBusy } from './status.js';

/** A card that was written on within this time shows it; then it stands still. */
const ACTIVE_MS = 250_000;

/** `0:14` since the turn began or since it waits, else `18 min` since something happened. */
export function cardTime({ status, card, last_activity_at }: ListedSession, now: number): string {
  const since = card.approval?.created_at ?? card.since;
  if (!isBusy(status) || since === null) return age(last_activity_at, now);
  return running(Math.max(0, now - Date.parse(since)));
}

/** How often a card has to be drawn for its clock and its bars: a number that changes when it is due. */
export function cardTick({ status, card }: ListedSession, now: number): number {
  if (isBusy(status) || card.retry) return Math.floor(now / 1000);
  return now - card.activity.at < ACTIVE_MS ? Math.floor(now / 5000) : Math.floor(now / 60_000);
}

/** Whether every word stands somewhere on the card, whatever its case. */
export function isFound(session: ListedSession, words: string): boolean {
  const { agent_name, role, title, provider, model, working_directory, preview, card } = session;
  const said = [card.preview?.text, card.preview?.detail, card.approval?.title, preview];
  const all = [agent_name, role, title, provider, model, working_directory, ...said].join('\n').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** What goes away with a session, in a sentence. */
export function lossOf({ agent_name, status, totals }: Session): string {
  const cost = Number(totals.total_cost_usd ?? 0);
  const paid = cost > 0 ? ' What it cost stays in the usage.' : '';
  const stops =
    groupOf(status) === 'running' || status === 'approval' ? `${agent_name} is working and is stopped first. ` : '';
  return `${stops}Its conversation, its queue and its recorded calls are deleted and cannot be brought back. Files in its directory stay.${paid}`;
}

/** The words of a preview without the signs of Markdown, which two lines have no room for. */
export function unmarked(text: string): string {
  return text
    .replace(/`+|\*\*/g, '')
    .replace(/(^|\s)#{1,6} /g, '$1')
    .replace(/^(?:[-*+]|\d+\.) /, '');
}
