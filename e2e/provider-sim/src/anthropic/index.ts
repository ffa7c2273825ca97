import { createHash } from 'node:crypto';
import type { ConversationRequest, Reply } from '../reply.js';
import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { checkBody, isWebSearch } from './body.js';
import { checkConversation } from './conversation.js';
import { frames, message, meteredOf } from './frames.js';
import { checkHeaders, type HeaderRules } from './headers.js';
import { MODELS, type SimModel } from './models.js';
import { type Block, blocksOf, type MessagesBody } from './shape.js';
import { Signatures } from './signature.js';

/** The Messages API: `/v1/messages`, `/v1/messages/count_tokens`, `/v1/models`. */
export class AnthropicFormat implements WireFormat {
  readonly id = 'anthropic';
  readonly #signatures: Signatures;

  constructor(
    seed: string,
    private readonly rules: () => HeaderRules,
  ) {
    this.#signatures = new Signatures(seed);
  }

  owns(path: string): boolean {
    return /^\/v1\/(messages|models)(\/|$)/.test(path);
  }

  answer(request: SimRequest, reply: (conversation: ConversationRequest) => Reply): Answer {
    checkHeaders(request, this.rules());
    const route = `${request.method} ${request.path}`;
    if (route === 'POST /v1/messages') return this.#messages(request, reply);
    if (route === 'POST /v1/messages/count_tokens') return this.#count(request);
    if (request.method === 'GET' && request.path.startsWith('/v1/models')) return models(request);
    throw new Refusal(405, 'invalid_request_error', 'Method Not Allowed');
  }

  headers(requestId: string): Record<string, string> {
    return { 'request-id': requestId };
  }

  errorBody(type: string | undefined, text: string | undefined, status: number, requestId: string): unknown {
    const [standard, words] = STATUS[status] ?? ['api_error', 'Internal server error'];
    return { type: 'error', error: { type: type ?? standard, message: text ?? words }, request_id: requestId };
  }

  errorFrame(fault: { error_type?: string; message?: string }, requestId: string): string {
    const body = this.errorBody(fault.error_type, fault.message, 529, requestId);
    return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
  }

  #messages(request: SimRequest, reply: (conversation: ConversationRequest) => Reply): Answer {
    const { body } = checkBody(request.body, true);
    checkConversation(body, this.#signatures);
    const given = reply(conversation(body, request.body));
    const digest = createHash('sha256').update(request.body).digest('hex').slice(0, 20);
    let count = 0;
    const nextId = () => {
      count += 1;
      return `toolu_${digest}x${count}`;
    };
    const context = {
      model: body.model!,
      messageId: `msg_${digest}`,
      inputTokens: tokens(request.body),
      signatures: this.#signatures,
      nextId,
    };
    const metered = meteredOf(given, context);
    if (body.stream) return { status: 200, frames: frames(given, context), rate: given.rate, metered };
    return { status: 200, json: message(given, context), metered };
  }

  #count(request: SimRequest): Answer {
    const { body } = checkBody(request.body, false);
    checkConversation(body, this.#signatures);
    return { status: 200, json: { input_tokens: tokens(request.body) } };
  }
}

const STATUS: Readonly<Record<number, [type: string, message: string]>> = {
  400: ['invalid_request_error', 'Invalid request'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: [
    'billing_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'Not Found'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  422: ['invalid_request_error', 'Invalid request'],
  429: [
    'rate_limit_error',
    'This request would exceed your organization’s rate limit. Please reduce the prompt length or the maximum tokens requested, or try again later.',
  ],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'Request timed out'],
  529: ['overloaded_error', 'Overloaded'],
};

/** A token for four bytes; close enough for a simulator, and the same each time. */
const tokens = (bytes: Buffer) => Math.ceil(bytes.length / 4);

function conversation(body: MessagesBody, bytes: Buffer): ConversationRequest {
  const { messages = [], tools = [] } = body;
  const spoken = messages.filter(({ role }) => role === 'user').map((each) => textOf(blocksOf(each)));
  const reply = messages.findLastIndex(({ role }) => role === 'assistant');
  const latest = messages.slice(reply + 1).flatMap(blocksOf);
  const results = textOf(latest).trim() ? [] : latest.filter(({ type }) => type === 'tool_result');
  return {
    model: body.model!,
    lastUserText: spoken.findLast((text) => text.trim() !== '') ?? '',
    toolResults: results.map(({ tool_use_id, content, is_error }) => ({
      id: tool_use_id!,
      text: typeof content === 'string' ? content : textOf(content ?? []),
      isError: is_error === true,
    })),
    tools: tools
      .filter((tool) => !isWebSearch(tool))
      .map(({ name, input_schema }) => ({ name, parameters: Object.keys(input_schema?.properties ?? {}) })),
    searchesWeb: tools.some(isWebSearch),
    length: messages.length,
    body: bytes,
  };
}

const textOf = (blocks: readonly Block[]): string =>
  blocks.flatMap(({ type, text }) => (type === 'text' && text ? [text] : [])).join('\n');

function models({ path, query }: SimRequest): Answer {
  const id = path.slice('/v1/models/'.length);
  if (id) {
    const found = MODELS.find((each) => each.id === id);
    if (!found) throw new Refusal(404, 'not_found_error', `model: ${id}`);
    return { status: 200, json: info(found) };
  }
  const limit = Math.min(Number(query.get('limit')) || 20, 1000);
  const after = MODELS.findIndex((each) => each.id === query.get('after_id')) + 1;
  const page = MODELS.slice(after, after + limit);
  return {
    status: 200,
    json: {
      data: page.map(info),
      has_more: after + page.length < MODELS.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    },
  };
}

const info = ({ thinking, ...model }: SimModel) => ({
  type: 'model',
  lifecycle: 'active',
  ...model,
  capabilities: {
    effort: { supported: thinking === 'adaptive' },
    image_input: { supported: true },
    pdf_input: { supported: true },
    thinking: { supported: true, types: { adaptive: { supported: thinking === 'adaptive' } } },
  },
});
