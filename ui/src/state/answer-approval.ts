import { RestError } from '@maestro/core/client';
import type { ApprovalSaid, MxApproval } from '../elements/mx-approval.js';
import { sentence } from '../text/sentence.js';
import { app, messageOf } from './app.js';

/** Answers a request for the element that told `mx-approve`; a refusal is shown where the answer was given. */
export async function answerApproval(event: CustomEvent<ApprovalSaid>): Promise<void> {
  const asked = event.target as MxApproval;
  const { id, ...said } = event.detail;
  try {
    await app.rest.answerApproval(id, said);
  } catch (error) {
    const isOver = error instanceof RestError && (error.code === 'approval.closed' || error.status === 404);
    asked.refused(sentence(messageOf(error)), isOver);
    if (error instanceof RestError && error.status === 401) app.problem('Not answered', error);
  }
}
