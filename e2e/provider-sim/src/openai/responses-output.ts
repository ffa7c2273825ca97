import { type FoundPage, foundBefore, type Reply, type Step } from '../reply.js';
import { OPENAI_EPOCH, type ResponsesContext } from './responses-context.js';
import { responsesUsage } from './usage.js';

export type Item = Record<string, unknown> & { id: string; type: string };

/** Makes items of steps, with ids that count up. */
export class OutputItems {
  #count = 0;

  constructor(
    private readonly reply: Reply,
    private readonly context: ResponsesContext,
  ) {}

  /** The item as it is when it is whole; undefined for a step that writes none. */
  of(step: Step): Item | undefined {
    if (step.type === 'text') return this.#message(step.text, foundBefore(step, this.reply));
    if (step.type === 'search') return this.#search(step.query);
    if (step.type === 'tool') return this.#call(step);
    if (step.type === 'thinking') return this.#reasoning(step.text, step.signature);
    if (step.type === 'redacted_thinking') return this.#reasoning('', step.data);
    return undefined;
  }

  #search(query: string): Item {
    const action = { type: 'search', query, queries: [query] };
    return { id: this.#id('ws'), type: 'web_search_call', status: 'completed', action };
  }

  #message(text: string, found: readonly FoundPage[]): Item {
    const annotations = found.map((page) => ({
      type: 'url_citation',
      start_index: 0,
      end_index: text.length,
      ...page,
    }));
    const content =
      this.reply.stop_reason === 'refusal'
        ? { type: 'refusal', refusal: text }
        : { type: 'output_text', annotations, logprobs: [], text };
    return { id: this.#id('msg'), type: 'message', status: 'completed', content: [content], role: 'assistant' };
  }

  #call({ name, raw, input, id }: Extract<Step, { type: 'tool' }>): Item {
    const itemId = this.#id('fc');
    return {
      id: itemId,
      type: 'function_call',
      status: 'completed',
      arguments: raw ?? JSON.stringify(input ?? {}),
      call_id: id ?? itemId.replace('fc', 'call'),
      name,
    };
  }

  /** Read only where the request asked for a summary, and given back only where it asked for it sealed. */
  #reasoning(text: string, given: string | undefined): Item | undefined {
    const { request, sealing } = this.context;
    if (!request.reasons) return undefined;
    const id = this.#id('rs');
    return {
      id,
      type: 'reasoning',
      summary: request.hasSummary && text ? [{ type: 'summary_text', text }] : [],
      ...(request.hasEncrypted && {
        encrypted_content: given ?? sealing.seals.seal(sealing.account, `${id}\n${text}`),
      }),
    };
  }

  #id(prefix: string): string {
    this.#count += 1;
    return `${prefix}_${this.context.digest}${String(this.#count).padStart(4, '0')}`;
  }
}

/** How a reply ends: the status of its response, and what is said about it. */
export function ending({ stop_reason }: Reply): {
  status: string;
  incomplete_details: object | null;
  error: object | null;
} {
  const fine = { status: 'completed', incomplete_details: null, error: null };
  if (stop_reason === 'max_tokens')
    return { ...fine, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  if (stop_reason === 'content_filter')
    return { ...fine, status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
  if (stop_reason !== 'failed') return fine;
  return {
    ...fine,
    status: 'failed',
    error: { code: 'server_error', message: 'An error occurred while processing your request.' },
  };
}

/** The response with nothing in it yet. */
export function opened({ digest, request }: ResponsesContext) {
  const { body, model } = request;
  const reasoning = (body.reasoning ?? {}) as { effort?: string; summary?: string };
  return {
    id: `resp_${digest}`,
    object: 'response',
    created_at: OPENAI_EPOCH,
    status: 'in_progress',
    background: false,
    completed_at: null as number | null,
    error: null as object | null,
    incomplete_details: null as object | null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    model: model.id,
    output: [] as Item[],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    prompt_cache_retention: body.prompt_cache_retention ?? null,
    reasoning: {
      effort: reasoning.effort ?? (model.efforts.length > 0 ? model.usualEffort : null),
      summary: reasoning.summary ?? null,
    },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: body.text ?? { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    usage: null as object | null,
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}

/** The response as it is in the end. */
export function closed(reply: Reply, context: ResponsesContext, output: Item[]) {
  const { status, incomplete_details, error } = ending(reply);
  return {
    ...opened(context),
    status,
    error,
    incomplete_details,
    completed_at: status === 'completed' ? OPENAI_EPOCH : null,
    output,
    usage: status === 'failed' ? null : responsesUsage(context.used),
  };
}
