import type { QuestionAnswer } from '../protocol/approvals.js';
import type { Sessions } from '../store/sessions.js';
import type { ApprovalGate } from './approvals.js';
import type { ToolServices } from './tool-services.js';

/** What tools may ask of the person they work for, and change with their leave. */
export function personServices(gate: ApprovalGate, sessions: Sessions): Pick<ToolServices, 'question' | 'setApproval'> {
  return {
    async question(place, ord, form) {
      const { title } = form;
      const request = { ord: ord + 1, kind: 'question', title, args: null, always: null, form } as const;
      const { state, answer } = await gate.request(place, request);
      const { turn } = place;
      if (turn.status === 'approval' && turn.waiting.size === 0) await turn.step([], [], { status: 'tool' });
      return state === 'answered' ? (answer as QuestionAnswer) : { outcome: 'dismissed' };
    },
    async setApproval({ call, turn }, approval) {
      const { sessionId: session_id } = call;
      const { approval: before } = await sessions.get(session_id);
      if (before === approval) return before;
      await turn.step(
        [{ write: 'session.set', session_id, set: { approval } }],
        [{ type: 'session.updated', data: { session_id } }],
      );
      return before;
    },
  };
}
