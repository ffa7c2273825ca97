import type { BudgetTold } from '../protocol/budgets.js';
import type { ActivityNote } from '../protocol/cards.js';
import type { SessionEvent } from '../protocol/events.js';

const KEPT = 20;
const LONGEST = 160;

type News = Pick<ActivityNote, 'kind' | 'text'>;

/** The last notable things that happened, newest first; since this process began. */
export class ActivityNotes {
  #notes: readonly ActivityNote[] = [];
  #next = 1;

  get newest(): readonly ActivityNote[] {
    return this.#notes;
  }

  /** Gives the note, if the event is worth one. */
  add(who: Pick<ActivityNote, 'session_id' | 'agent_name'>, event: SessionEvent): ActivityNote | null {
    const news = newsOf(event);
    if (!news) return null;
    const text = news.text.replace(/\s+/g, ' ').slice(0, LONGEST);
    const note = { id: this.#next, at: event.at, ...who, kind: news.kind, text };
    this.#next += 1;
    this.#notes = [note, ...this.#notes].slice(0, KEPT);
    return note;
  }
}

function newsOf(event: SessionEvent): News | null {
  switch (event.type) {
    case 'approval.requested':
    case 'question.asked':
      return { kind: 'asked', text: `asks: ${event.data.approval.title}` };
    case 'approval.resolved':
    case 'question.answered': {
      const { state, title } = event.data.approval;
      return state === 'cancelled' ? null : { kind: 'answered', text: `was ${state}: ${title}` };
    }
    case 'turn.completed':
      return { kind: 'done', text: 'finished' };
    case 'turn.failed':
      return { kind: 'failed', text: `failed: ${event.data.error.message}` };
    case 'turn.interrupted':
      return { kind: 'failed', text: `was interrupted: ${event.data.error.message}` };
    case 'turn.cancelled':
      return { kind: 'stopped', text: 'was stopped' };
    case 'call.retrying':
      return { kind: 'retried', text: `tries again: ${event.data.error.message}` };
    case 'subagent.started':
      return { kind: 'delegated', text: `handed work to ${event.data.agent_name}` };
    case 'subagent.finished':
      return { kind: 'returned', text: `got an answer from its agent` };
    case 'budget.warning':
      return { kind: 'budget', text: budgetText(event.data) };
    case 'compaction.finished':
      return { kind: 'compacted', text: 'compacted its conversation' };
    default:
      return null;
  }
}

const whose = { turn: 'this task', session: 'this session', day: 'today' } as const;

/** `used 82 % of the budget for today: 8.2 of 10 USD` */
function budgetText({ scope, limit_usd, spent_usd }: BudgetTold): string {
  const share = Number(limit_usd) > 0 ? `${Math.floor((Number(spent_usd) / Number(limit_usd)) * 100)} % of ` : '';
  return `used ${share}the budget for ${whose[scope]}: ${spent_usd} of ${limit_usd} USD`;
}
