import { createHash } from 'node:crypto';
import type { ConversationRequest, Reply } from '../reply.js';
import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { readChat } from './chat-body.js';
import { chunkFrames, completion, type StreamOptions } from './chat-chunks.js';
import { chatConversation, checkChatConversation } from './chat-conversation.js';
import { checkCredentials, type OpenAiRules, platformHeaders } from './credentials.js';
import { EncryptedReasoning } from './encrypted-reasoning.js';
import { openAiError, refuse } from './errors.js';
import { findModel } from './fields.js';
import { modelResource, OPENAI_MODELS } from './models.js';
import { respond } from './responses.js';
import { COUNT_FIELDS, readResponses } from './responses-body.js';
import { OPENAI_EPOCH } from './responses-context.js';
import { checkResponsesConversation, inputTokens } from './responses-conversation.js';
import { meteredOf, usedBy } from './usage.js';

type Replies = (conversation: ConversationRequest) => Reply;

/** The OpenAI platform: Responses, Chat Completions, the list of models. */
export class OpenAiFormat implements WireFormat {
  readonly id = 'openai';
  readonly #seals: EncryptedReasoning;

  constructor(
    seed: string,
    private readonly rules: () => OpenAiRules,
  ) {
    this.#seals = new EncryptedReasoning(`${seed} openai`);
  }

  /** The list of models has the path of another vendor's, whose clients say so in their headers. */
  owns(path: string, request: SimRequest): boolean {
    if (/^\/v1\/(responses|chat\/completions)(\/|$)/.test(path)) return true;
    const isOther = request.header('anthropic-version') ?? request.header('x-api-key');
    return /^\/v1\/models(\/|$)/.test(path) && isOther === undefined;
  }

  answer(request: SimRequest, replies: Replies): Answer {
    checkCredentials(request, this.rules());
    const route = `${request.method} ${request.path}`;
    if (route === 'POST /v1/responses') return respond(request, replies, this.#sealing(request));
    if (route === 'POST /v1/responses/input_tokens') return this.#count(request);
    if (route === 'POST /v1/chat/completions') return chat(request, replies);
    if (request.method === 'GET' && request.path.startsWith('/v1/models')) return models(request.path);
    return refuse(`Invalid URL (${route})`, { status: 404 });
  }

  headers(requestId: string, request: SimRequest): Record<string, string> {
    return platformHeaders(requestId, request);
  }

  errorBody(...[type, message, status, , { retryAfter, details }]: Parameters<WireFormat['errorBody']>): unknown {
    return openAiError({ type, message, status, retryAfter, details });
  }

  errorFrame(fault: Parameters<WireFormat['errorFrame']>[0]): string {
    return errorFrame(fault);
  }

  #sealing(request: SimRequest) {
    return { seals: this.#seals, account: request.header('openai-organization') ?? '' };
  }

  #count(request: SimRequest): Answer {
    const read = readResponses(request, COUNT_FIELDS);
    checkResponsesConversation(read, this.#sealing(request));
    return { status: 200, json: { object: 'response.input_tokens', input_tokens: inputTokens(read) } };
  }
}

/** An error inside a 200: a named event, which clients of both APIs know. */
export function errorFrame({ error_type, message, details }: Parameters<WireFormat['errorFrame']>[0]): string {
  const { error } = openAiError({ type: error_type, message, status: 503, details });
  return `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`;
}

function chat(request: SimRequest, replies: Replies): Answer {
  const read = readChat(request);
  const tokens = checkChatConversation(read);
  const reply = replies(chatConversation(read, request.body));
  const digest = createHash('sha256').update(request.body).digest('hex').slice(0, 24);
  let count = 0;
  const nextId = () => {
    count += 1;
    return `call_${digest.slice(0, 20)}${String(count).padStart(4, '0')}`;
  };
  const used = usedBy(reply, { inputTokens: tokens, reasons: read.reasons || read.model.showsThinking === true });
  const context = {
    id: `chatcmpl-${digest}`,
    model: read.model.id,
    created: OPENAI_EPOCH,
    used,
    showsThinking: read.model.showsThinking === true,
    nextId,
  };
  const metered = meteredOf(read.model.id, used);
  if (read.body.stream !== true) return { status: 200, json: completion(reply, context), metered };
  const options = (read.body.stream_options ?? {}) as StreamOptions;
  const frames = chunkFrames(reply, context, options);
  // Whoever did not ask for the usage is not told it, and is charged all the same.
  return { status: 200, frames, rate: reply.rate, metered };
}

function models(path: string): Answer {
  const id = decodeURIComponent(path.slice('/v1/models/'.length));
  if (!id) return { status: 200, json: { object: 'list', data: OPENAI_MODELS.map(modelResource) } };
  const found = findModel(id);
  if (!found)
    throw new Refusal(404, 'invalid_request_error', `The model '${id}' does not exist`, {
      param: 'model',
      code: 'model_not_found',
    });
  return { status: 200, json: modelResource(found) };
}
