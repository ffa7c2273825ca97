import type { Question } from '../protocol/approvals.js';
import type { LimitReached } from '../protocol/budgets.js';
import type { Failure } from '../protocol/events.js';

const spenders = {
  turn: 'This turn, with the agents it called,',
  session: 'This session, with its agents,',
  day: 'This day, over all sessions,',
} as const;

/** What a person is asked at a limit. */
export function limitForm(reached: LimitReached): Question {
  const { title, goOn } = wordsOf(reached);
  const options = [
    { value: 'go_on', label: goOn },
    { value: 'raise', label: 'Go on to the end of this turn without this limit' },
    { value: 'stop', label: 'Stop the turn' },
  ];
  return { title, fields: [{ name: 'how', label: 'How shall it go on?', kind: 'choice', options, initial: 'go_on' }] };
}

/** Why a turn ends at which a person said no. */
export function limitFailure(reached: LimitReached): Failure {
  const { title } = wordsOf(reached);
  return { code: codes[reached.guard], message: `${title} It was not to go on. Retry to be asked again.` };
}

const codes = {
  steps: 'turn.tool_limit',
  repeats: 'turn.repeats',
  turn: 'budget.stopped',
  session: 'budget.stopped',
  day: 'budget.stopped',
} as const;

function wordsOf({ guard, limit, reached, next, tool }: LimitReached): { title: string; goOn: string } {
  if (guard === 'steps') {
    const title = `The model called ${reached} tools in this turn; the limit is ${limit} (limits.toolCallsPerTurn).`;
    return { title, goOn: `Go on, and ask again after ${next} calls` };
  }
  if (guard === 'repeats') {
    const title = `The model called "${tool}" ${reached} times in this turn with the same arguments; it may go in circles.`;
    return { title, goOn: `Go on, and ask again at the ${next}th time` };
  }
  const title = `${spenders[guard]} cost ${reached} USD; the budget is ${limit} USD.`;
  return { title, goOn: `Go on, and ask again at ${next} USD` };
}
