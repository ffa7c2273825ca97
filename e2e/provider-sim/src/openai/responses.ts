import { createHash } from 'node:crypto';
import type { ConversationRequest, Reply } from '../reply.js';
import type { Answer, SimRequest } from '../wire-format.js';
import { refuse } from './errors.js';
import { readResponses } from './responses-body.js';
import type { ResponsesContext } from './responses-context.js';
import { checkResponsesConversation, inputTokens, responsesRequest, type Sealing } from './responses-conversation.js';
import { eventFrames, tooLongFrames } from './responses-events.js';
import { closed, OutputItems } from './responses-output.js';
import { meteredOf, usedBy } from './usage.js';

const TOO_LONG = 'Your input exceeds the context window of this model. Please adjust your input and try again.';

/** Checks a request to the Responses API and answers it, as a stream or in one piece. */
export function respond(
  request: SimRequest,
  replies: (conversation: ConversationRequest) => Reply,
  sealing: Sealing,
): Answer {
  const read = readResponses(request);
  checkResponsesConversation(read, sealing);
  const tokens = inputTokens(read);
  const digest = createHash('sha256').update(request.body).digest('hex').slice(0, 40);
  const isStream = read.body.stream === true;
  if (tokens > read.model.contextTokens) {
    if (!isStream) refuse(TOO_LONG, { param: 'input', code: 'context_length_exceeded' });
    const used = usedBy({ steps: [] }, { inputTokens: tokens, reasons: false });
    const frames = tooLongFrames({ request: read, digest, used, sealing }, TOO_LONG);
    return { status: 200, frames, rate: undefined, refusal: { type: 'invalid_request_error', message: TOO_LONG } };
  }
  const reply = replies(responsesRequest(read, request.body));
  const used = usedBy(reply, { inputTokens: tokens, reasons: read.reasons });
  const context: ResponsesContext = { request: read, digest, used, sealing };
  const rest = reply.stop_reason === 'failed' ? {} : { metered: meteredOf(read.model.id, used) };
  if (isStream) return { status: 200, frames: eventFrames(reply, context), rate: reply.rate, ...rest };
  const items = new OutputItems(reply, context);
  const output = reply.steps.flatMap((step) => items.of(step) ?? []);
  return { status: 200, json: closed(reply, context, output), ...rest };
}
