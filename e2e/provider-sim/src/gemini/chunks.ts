import type { Reply, Step } from '../reply.js';
import type { Frame } from '../wire-format.js';
import type { SimModel } from './models.js';
import { isObject } from './proto.js';
import type { Part } from './shape.js';
import type { ThoughtSignatures } from './thought-signatures.js';
import { type UsageMetadata, usageOf } from './usage.js';

export interface Context {
  model: SimModel;
  responseId: string;
  promptTokens: number;
  /** Whether the request asked to see thoughts. */
  showsThoughts: boolean;
  signatures: ThoughtSignatures;
}

/** A piece of an answer before it is written in a framing; without JSON a place to wait at. */
export interface Chunk extends Omit<Frame, 'text'> {
  json?: object;
}

/** The reply in one piece. */
export function wholeAnswer(reply: Reply, context: Context): object {
  const parts = new Parts(reply, context);
  const all = reply.steps.flatMap((step) => parts.of(step) ?? []);
  return answer(all, { reply, context, isLast: true });
}

/** The reply as a stream sends it: thoughts and text in pieces, calls whole, the reason of the end with the last piece. */
export function chunks(reply: Reply, context: Context): Chunk[] {
  const parts = new Parts(reply, context);
  const counted = { block: 0, delta: 0 };
  const pieces = reply.steps.flatMap((step) => stepChunks(step, { parts, counted, reply, context }));
  const closing = parts.closing();
  const last: Chunk = { points: ['stop'], json: answer(closing, { reply, context, isLast: true }) };
  const all = [...pieces, last, { points: ['end'] }];
  const first = all.find(({ json }) => json)!;
  first.points = ['start', ...first.points];
  return all;
}

interface StepContext {
  parts: Parts;
  counted: { block: number; delta: number };
  reply: Reply;
  context: Context;
}

function stepChunks(step: Step, { parts, counted, reply, context }: StepContext): Chunk[] {
  if (step.type === 'hold') return [{ points: [step.name], holds: true }];
  if (step.type === 'pause') return [{ points: [], pauseMs: step.ms }];
  if (step.type === 'event') return [{ points: [], json: step.data as object }];
  const whole = parts.of(step);
  if (!whole) return [];
  counted.block += 1;
  const opening = [`block:${counted.block}`, ...(step.type === 'tool' ? ['tool'] : [])];
  return inPieces(whole, step).map((part, index) => {
    counted.delta += 1;
    const points = [...(index === 0 ? opening : []), `delta:${counted.delta}`];
    return { points, json: answer([part], { reply, context, isLast: false }) };
  });
}

function inPieces(part: Part, step: Step): Part[] {
  if (part.text === undefined) return [part];
  const letters = Array.from(part.text);
  const size = ('chunk' in step && step.chunk) || 12;
  return Array.from({ length: Math.ceil(letters.length / size) }, (_, index) => ({
    ...part,
    text: letters.slice(index * size, (index + 1) * size).join(''),
  }));
}

/** Makes parts of steps; signs the first call, or from version 3 on the end of a reply without calls. */
class Parts {
  readonly #calls: number;
  #count = 0;

  constructor(
    private readonly reply: Reply,
    private readonly context: Context,
  ) {
    this.#calls = reply.steps.filter(({ type }) => type === 'tool').length;
  }

  of(step: Step): Part | undefined {
    if (step.type === 'text') return { text: step.text };
    if (step.type === 'thinking') return this.context.showsThoughts ? { text: step.text, thought: true } : undefined;
    if (step.type !== 'tool') return undefined;
    const args = argumentsOf(step);
    if (!args) return undefined;
    this.#count += 1;
    const id = this.context.model.version >= 3 ? (step.id ?? `${this.context.responseId}-${this.#count}`) : undefined;
    const thoughtSignature = this.#count === 1 ? this.#signature() : undefined;
    return {
      functionCall: { name: step.name, args, ...(id !== undefined && { id }) },
      ...(thoughtSignature !== undefined && { thoughtSignature }),
    };
  }

  /** What the last piece of a stream holds. */
  closing(): Part[] {
    const signature = this.#calls === 0 && this.context.model.version >= 3 ? this.#signature() : undefined;
    return [{ text: '', ...(signature !== undefined && { thoughtSignature: signature }) }];
  }

  #signature(): string | undefined {
    const thinking = this.reply.steps.find(({ type }) => type === 'thinking' || type === 'redacted_thinking');
    if (thinking?.type === 'thinking' && thinking.signature !== undefined) return thinking.signature;
    const { model, signatures, responseId } = this.context;
    return thinking || model.version >= 3 ? signatures.issue(responseId) : undefined;
  }
}

/** Undefined when the model wrote no object: the API then says so in the reason of the end, and gives no call. */
function argumentsOf({ raw, input = {} }: Extract<Step, { type: 'tool' }>): Record<string, unknown> | undefined {
  if (raw === undefined) return input as Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reasons by the neutral words of a reply; any other goes out in capitals as it stands. */
const REASONS: Readonly<Record<string, string>> = {
  end_turn: 'STOP',
  stop_sequence: 'STOP',
  tool_use: 'STOP',
  max_tokens: 'MAX_TOKENS',
  refusal: 'SAFETY',
};

interface Whole {
  reply: Reply;
  context: Context;
  isLast: boolean;
}

function answer(parts: Part[], { reply, context, isLast }: Whole): object {
  const usageMetadata: UsageMetadata = usageOf(reply, context, isLast);
  const rest = { usageMetadata, modelVersion: context.model.id, responseId: context.responseId };
  if (reply.stop_reason === 'blocked') return { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, ...rest };
  const reason = isLast ? finishReason(reply) : undefined;
  const candidate = {
    content: { parts, role: 'model' },
    ...(reason && { finishReason: reason }),
    ...(isLast && groundingOf(reply)),
    ...(reason === MALFORMED && { finishMessage: 'Malformed function call' }),
    index: 0,
  };
  return { candidates: [candidate], ...rest };
}

/** What the text rests on comes with the last piece. */
function groundingOf({ steps }: Reply): object | undefined {
  const searches = steps.filter((step) => step.type === 'search');
  if (searches.length === 0) return undefined;
  const text = steps.map((step) => (step.type === 'text' ? step.text : '')).join('');
  const groundingChunks = searches.flatMap(({ pages }) =>
    pages.map(({ url, title }) => ({ web: { uri: url, title } })),
  );
  const segment = { startIndex: 0, endIndex: Buffer.byteLength(text), text };
  return {
    groundingMetadata: {
      webSearchQueries: searches.map(({ query }) => query),
      groundingChunks,
      groundingSupports: [{ segment, groundingChunkIndices: [...groundingChunks.keys()] }],
      searchEntryPoint: { renderedContent: '<div></div>' },
    },
  };
}

const MALFORMED = 'MALFORMED_FUNCTION_CALL';

function finishReason({ stop_reason, steps }: Reply): string | undefined {
  if (stop_reason === 'none') return undefined;
  if (stop_reason !== undefined) return REASONS[stop_reason] ?? stop_reason.toUpperCase();
  return steps.some((step) => step.type === 'tool' && !argumentsOf(step)) ? MALFORMED : 'STOP';
}

/** As server-sent events, with the line ends of the real ones. */
export function asEvents(all: readonly Chunk[], wrap: (json: object) => object = (json) => json): Frame[] {
  return all.map(({ json, ...chunk }) => ({
    ...chunk,
    text: json ? `data: ${JSON.stringify('error' in json ? json : wrap(json))}\r\n\r\n` : '',
  }));
}

/** As one JSON array that grows: what the API sends without `alt=sse`. */
export function asArray(all: readonly Chunk[]): Frame[] {
  let isFirst = true;
  return all.map(({ json, ...chunk }) => {
    if (!json) return { ...chunk, text: chunk.points.includes('end') ? '\n]\n' : '' };
    const before = isFirst ? '[' : '\n,\r\n';
    isFirst = false;
    return { ...chunk, text: before + JSON.stringify(json, null, 2) };
  });
}
