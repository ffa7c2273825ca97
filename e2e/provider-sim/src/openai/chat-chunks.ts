import type { Reply, Step } from '../reply.js';
import type { Frame } from '../wire-format.js';
import { piecesOf } from './pieces.js';
import { chatUsage, type Used } from './usage.js';

export interface ChatContext {
  id: string;
  model: string;
  created: number;
  used: Used;
  showsThinking: boolean;
  /** Makes ids of calls that have none. */
  nextId(): string;
}

const REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  refusal: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
};

function finishReason({ stop_reason, steps }: Reply): string {
  if (stop_reason !== undefined) return REASONS[stop_reason] ?? stop_reason;
  return steps.some(({ type }) => type === 'tool') ? 'tool_calls' : 'stop';
}

const textIn = (steps: readonly Step[], type: 'text' | 'thinking'): string =>
  steps.flatMap((step) => (step.type === type ? [step.text] : [])).join('');

const argumentsOf = ({ raw, input }: Extract<Step, { type: 'tool' }>): string => raw ?? JSON.stringify(input ?? {});

/** The reply in one piece. */
export function completion(reply: Reply, context: ChatContext): object {
  const { id, model, created, used, showsThinking, nextId } = context;
  const text = textIn(reply.steps, 'text');
  const isRefusal = reply.stop_reason === 'refusal';
  const calls = reply.steps.flatMap((step) =>
    step.type === 'tool'
      ? [{ id: step.id ?? nextId(), type: 'function', function: { name: step.name, arguments: argumentsOf(step) } }]
      : [],
  );
  const message = {
    role: 'assistant',
    content: isRefusal || text === '' ? null : text,
    ...(showsThinking && { reasoning_content: textIn(reply.steps, 'thinking') }),
    ...(calls.length > 0 && { tool_calls: calls }),
    refusal: isRefusal ? text : null,
    annotations: [],
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply) }],
    usage: chatUsage(used),
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  };
}

/** What a request says of its stream. */
export interface StreamOptions {
  include_usage?: boolean;
  include_obfuscation?: boolean;
}

/** The reply as a stream sends it: a chunk with the role, pieces, the reason of the end, the usage, `[DONE]`. */
export function chunkFrames(reply: Reply, context: ChatContext, options: StreamOptions): Frame[] {
  const stream = new ChunkStream(reply, context, options);
  const opening = stream.delta({ role: 'assistant', content: '', refusal: null }, ['start']);
  const all = [opening, ...reply.steps.flatMap((step) => stream.step(step))];
  if (reply.stop_reason === 'none') return [...all, END];
  const closing = stream.delta({}, [], finishReason(reply));
  const usage = options.include_usage ? [stream.usage()] : [];
  return [...all, closing, ...usage, { points: ['stop'], text: 'data: [DONE]\n\n' }, END];
}

/** After the last event, before the end of the body. */
const END: Frame = { points: ['end'], text: '' };

class ChunkStream {
  #block = 0;
  #delta = 0;
  #calls = 0;

  constructor(
    private readonly reply: Reply,
    private readonly context: ChatContext,
    private readonly options: StreamOptions,
  ) {}

  step(step: Step): Frame[] {
    switch (step.type) {
      case 'hold':
        return [{ points: [step.name], text: '', holds: true }];
      case 'pause':
        return [{ points: [], text: '', pauseMs: step.ms }];
      case 'ping':
        return [{ points: [], text: ': keep-alive\n\n' }];
      case 'event':
        return [{ points: [], text: `data: ${JSON.stringify(step.data)}\n\n` }];
      case 'text': {
        const key = this.reply.stop_reason === 'refusal' ? 'refusal' : 'content';
        return this.#pieces(step, (text) => ({ [key]: text }));
      }
      case 'thinking':
        return this.context.showsThinking ? this.#pieces(step, (text) => ({ reasoning_content: text })) : [];
      case 'tool':
        return this.#call(step);
      default:
        return [];
    }
  }

  delta(delta: object, points: string[], finish_reason: string | null = null): Frame {
    return this.#chunk([{ index: 0, delta, logprobs: null, finish_reason }], points);
  }

  usage(): Frame {
    return this.#chunk([], [], { usage: chatUsage(this.context.used) });
  }

  #pieces({ text, chunk }: { text: string; chunk?: number }, delta: (piece: string) => object): Frame[] {
    this.#block += 1;
    return piecesOf(text, chunk).map((piece, index) => {
      const points = index === 0 ? [`block:${this.#block}`] : [];
      return this.delta(delta(piece), [...points, this.#nextDelta()]);
    });
  }

  #call(step: Extract<Step, { type: 'tool' }>): Frame[] {
    this.#block += 1;
    const index = this.#calls;
    this.#calls += 1;
    const id = step.id ?? this.context.nextId();
    const head = { index, id, type: 'function', function: { name: step.name, arguments: '' } };
    const opening = this.delta({ tool_calls: [head] }, [`block:${this.#block}`, 'tool']);
    const rest = piecesOf(argumentsOf(step), step.chunk).map((piece) =>
      this.delta({ tool_calls: [{ index, function: { arguments: piece } }] }, [this.#nextDelta()]),
    );
    return [opening, ...rest];
  }

  #nextDelta(): string {
    this.#delta += 1;
    return `delta:${this.#delta}`;
  }

  #chunk(choices: object[], points: string[], more: object = {}): Frame {
    const { id, model, created } = this.context;
    const chunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      service_tier: 'default',
      system_fingerprint: 'fp_simulated',
      choices,
      ...(this.options.include_usage && { usage: null }),
      ...more,
      ...(this.options.include_obfuscation !== false && { obfuscation: 'simulated' }),
    };
    return { points, text: `data: ${JSON.stringify(chunk)}\n\n` };
  }
}
