import type { Metered } from '../bill.js';
import { type FoundPage, foundBefore, type Reply, type Step, type Usage } from '../reply.js';
import type { Frame } from '../wire-format.js';
import type { Signatures } from './signature.js';

export interface Context {
  model: string;
  messageId: string;
  inputTokens: number;
  signatures: Signatures;
  /** Makes ids of tool calls that have none. */
  nextId(): string;
}

type Block = Record<string, unknown> & { type: string };

/** The reply as one JSON message. */
export function message(reply: Reply, context: Context): Record<string, unknown> {
  const content = reply.steps.flatMap((step) => blocks(step, reply, context));
  return {
    id: context.messageId,
    type: 'message',
    role: 'assistant',
    model: context.model,
    content,
    stop_reason: stopReason(reply),
    stop_sequence: null,
    usage: usage(reply, context),
  };
}

/** The reply as the events of a stream, each a frame. */
export function frames(reply: Reply, context: Context): Frame[] {
  const start = { ...message(reply, context), content: [], stop_reason: null };
  const used = usage(reply, context);
  const all: Frame[] = [
    sse('message_start', { message: { ...start, usage: { ...used, output_tokens: 1 } } }, ['start']),
    sse('ping', {}),
  ];
  const counted = { block: 0, delta: 0 };
  for (const step of reply.steps) all.push(...stepFrames(step, { reply, context, counted }));
  const delta = { stop_reason: stopReason(reply), stop_sequence: null };
  return [...all, sse('message_delta', { delta, usage: used }), sse('message_stop', {}, ['stop']), END];
}

export function meteredOf(reply: Reply, context: Context): Metered {
  const used = usage(reply, context);
  return {
    model: context.model,
    plain: used.input_tokens,
    cached: used.cache_read_input_tokens,
    written: used.cache_creation_input_tokens,
    output: used.output_tokens,
  };
}

/** After the last event, before the end of the body: who holds here holds the socket of a finished answer. */
const END: Frame = { points: ['end'], text: '' };

interface Writing {
  reply: Reply;
  context: Context;
  counted: { block: number; delta: number };
}

function stepFrames(step: Step, { reply, context, counted }: Writing): Frame[] {
  if (step.type === 'hold') return [{ points: [step.name], text: '', holds: true }];
  if (step.type === 'pause') return [{ points: [], text: '', pauseMs: step.ms }];
  if (step.type === 'ping') return [sse('ping', {})];
  if (step.type === 'event') return [sse(step.name, step.data as object)];
  return blocks(step, reply, context).flatMap((whole) => blockFrames(step, whole, counted));
}

function blockFrames(step: Step, whole: Block, counted: Writing['counted']): Frame[] {
  const index = counted.block;
  counted.block += 1;
  const points = [`block:${index + 1}`, ...(step.type === 'tool' ? ['tool'] : [])];
  const deltas = deltasOf(step, whole).map((delta) => {
    counted.delta += 1;
    return sse('content_block_delta', { index, delta }, [`delta:${counted.delta}`]);
  });
  return [
    sse('content_block_start', { index, content_block: opened(whole) }, points),
    ...deltas,
    sse('content_block_stop', { index }),
  ];
}

function blocks(step: Step, reply: Reply, context: Context): Block[] {
  if (step.type === 'search') return searchBlocks(step, context);
  const found = step.type === 'text' ? foundBefore(step, reply) : [];
  const whole = block(step, context);
  if (!whole) return [];
  return [found.length > 0 ? { ...whole, citations: found.map(citation) } : whole];
}

function searchBlocks({ query, pages }: Extract<Step, { type: 'search' }>, { nextId }: Context): Block[] {
  const id = nextId().replace('toolu_', 'srvtoolu_');
  const content = pages.map((page) => ({
    ...{ type: 'web_search_result', ...page, encrypted_content: 'sealed', page_age: null },
  }));
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ];
}

const citation = (page: FoundPage) => ({
  ...{ type: 'web_search_result_location', ...page, encrypted_index: 'sealed', cited_text: page.title },
});

function block(step: Step, { model, signatures, nextId }: Context): Block | undefined {
  if (step.type === 'text') return { type: 'text', text: step.text };
  if (step.type === 'thinking') {
    const signature = step.signature ?? signatures.sign(model, step.text);
    return { type: 'thinking', thinking: step.text, signature };
  }
  if (step.type === 'redacted_thinking')
    return { type: 'redacted_thinking', data: step.data ?? signatures.hidden(model, 'hidden') };
  if (step.type === 'tool')
    return { type: 'tool_use', id: step.id ?? nextId(), name: step.name, input: step.input ?? {} };
  return undefined;
}

/** A block as its start event shows it: empty, to be filled by deltas. */
function opened(whole: Block): Block {
  if (whole.type === 'text') return { type: 'text', text: '', ...('citations' in whole && { citations: [] }) };
  if (whole.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  if (whole.type === 'tool_use' || whole.type === 'server_tool_use') return { ...whole, input: {} };
  return whole;
}

function deltasOf(step: Step, whole: Block): object[] {
  if (step.type === 'text') {
    const cited = (whole.citations ?? []) as object[];
    const words = pieces(step.text, step.chunk).map((text) => ({ type: 'text_delta', text }));
    return [...words, ...cited.map((each) => ({ type: 'citations_delta', citation: each }))];
  }
  if (whole.type === 'server_tool_use')
    return ['', ...pieces(JSON.stringify(whole.input))].map((partial_json) => ({
      type: 'input_json_delta',
      partial_json,
    }));
  if (step.type === 'thinking') {
    const thoughts = pieces(step.text, step.chunk).map((thinking) => ({ type: 'thinking_delta', thinking }));
    return [...thoughts, { type: 'signature_delta', signature: whole.signature }];
  }
  if (step.type !== 'tool') return [];
  const json = step.raw ?? JSON.stringify(step.input ?? {});
  return ['', ...pieces(json, step.chunk)].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

function pieces(text: string, size = 12): string[] {
  const letters = Array.from(text);
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, index) =>
    letters.slice(index * size, (index + 1) * size).join(''),
  );
}

const sse = (type: string, data: object, points: string[] = []): Frame => ({
  points,
  text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`,
});

const stopReason = (reply: Reply): string =>
  reply.stop_reason ?? (reply.steps.some(({ type }) => type === 'tool') ? 'tool_use' : 'end_turn');

function usage(reply: Reply, { inputTokens }: Context): Usage {
  const written = JSON.stringify(reply.steps).length;
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: Math.max(1, Math.ceil(written / 4)),
    ...reply.usage,
  };
}
