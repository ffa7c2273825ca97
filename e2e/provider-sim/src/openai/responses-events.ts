import type { Reply, Step } from '../reply.js';
import type { Frame } from '../wire-format.js';
import { piecesOf } from './pieces.js';
import type { ResponsesContext } from './responses-context.js';
import { closed, ending, type Item, OutputItems, opened } from './responses-output.js';

/** The reply as the events of a stream. Source: `ResponseStreamEvent` of `openai` 7.57.0. */
export function eventFrames(reply: Reply, context: ResponsesContext): Frame[] {
  const stream = new EventStream(reply, context);
  const all = [...stream.opening(), ...reply.steps.flatMap((step) => stream.step(step))];
  return reply.stop_reason === 'none' ? [...all, END] : [...all, stream.closing(), END];
}

/** A stream that finds out at once that its input is too long: the API says so inside a 200. */
export function tooLongFrames(context: ResponsesContext, message: string): Frame[] {
  const stream = new EventStream({ steps: [] }, context);
  const code = 'context_length_exceeded';
  const error = { type: 'invalid_request_error', code, message, param: 'input' };
  const response = { ...opened(context), status: 'failed', error: { code, message } };
  return [
    ...stream.opening(),
    stream.event('error', { error }),
    stream.event('response.failed', { response }, ['stop']),
    END,
  ];
}

/** After the last event, before the end of the body: who holds here holds the socket of a finished answer. */
const END: Frame = { points: ['end'], text: '' };

class EventStream {
  readonly #items: OutputItems;
  readonly #output: Item[] = [];
  readonly #obfuscation: { obfuscation?: string };
  #sequence = 0;
  #delta = 0;

  constructor(
    private readonly reply: Reply,
    private readonly context: ResponsesContext,
  ) {
    this.#items = new OutputItems(reply, context);
    const options = context.request.body.stream_options as { include_obfuscation?: boolean } | undefined;
    this.#obfuscation = options?.include_obfuscation === false ? {} : { obfuscation: 'simulated' };
  }

  opening(): Frame[] {
    const response = opened(this.context);
    return [this.event('response.created', { response }, ['start']), this.event('response.in_progress', { response })];
  }

  step(step: Step): Frame[] {
    if (step.type === 'hold') return [{ points: [step.name], text: '', holds: true }];
    if (step.type === 'pause') return [{ points: [], text: '', pauseMs: step.ms }];
    if (step.type === 'ping') return [this.event('keepalive', {})];
    if (step.type === 'event')
      return [{ points: [], text: `event: ${step.name}\ndata: ${JSON.stringify(step.data)}\n\n` }];
    const item = this.#items.of(step);
    return item ? this.#item(item, step) : [];
  }

  closing(): Frame {
    const { status } = ending(this.reply);
    const response = closed(this.reply, this.context, this.#output);
    return this.event(`response.${status}`, { response }, ['stop']);
  }

  event(type: string, data: object, points: string[] = []): Frame {
    const text = `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence, ...data })}\n\n`;
    this.#sequence += 1;
    return { points, text };
  }

  #item(item: Item, step: Step): Frame[] {
    const output_index = this.#output.length;
    this.#output.push(item);
    const points = [`block:${output_index + 1}`, ...(step.type === 'tool' ? ['tool'] : [])];
    const size = 'chunk' in step ? step.chunk : undefined;
    const at = { item_id: item.id, output_index };
    return [
      this.event('response.output_item.added', { output_index, item: begun(item) }, points),
      ...this.#content(item, at, size),
      this.event('response.output_item.done', { output_index, item }),
    ];
  }

  #content(item: Item, at: object, size: number | undefined): Frame[] {
    if (item.type === 'message') return this.#part((item.content as TextPart[])[0]!, at, size);
    if (item.type === 'reasoning') return this.#summary(item.summary as SummaryPart[], at, size);
    if (item.type === 'web_search_call')
      return ['in_progress', 'searching', 'completed'].map((state) =>
        this.event(`response.web_search_call.${state}`, at),
      );
    const args = item.arguments as string;
    return [
      ...this.#deltas('response.function_call_arguments', at, args, size),
      this.event('response.function_call_arguments.done', { ...at, arguments: args, name: item.name }),
    ];
  }

  #part(part: TextPart, place: object, size: number | undefined): Frame[] {
    const at = { ...place, content_index: 0 };
    const key = part.type === 'refusal' ? 'refusal' : 'text';
    const name = part.type === 'refusal' ? 'response.refusal' : 'response.output_text';
    const logprobs = part.type === 'refusal' ? {} : { logprobs: [] };
    const text = part[key]!;
    return [
      this.event('response.content_part.added', { ...at, part: { ...part, [key]: '', ...(part.annotations && none) } }),
      ...this.#deltas(name, at, text, size, logprobs),
      ...(part.annotations ?? []).map((annotation, annotation_index) =>
        this.event('response.output_text.annotation.added', { ...at, annotation_index, annotation }),
      ),
      this.event(`${name}.done`, { ...at, [key]: text, ...logprobs }),
      this.event('response.content_part.done', { ...at, part }),
    ];
  }

  #summary(parts: readonly SummaryPart[], place: object, size: number | undefined): Frame[] {
    return parts.flatMap((part, summary_index) => {
      const at = { ...place, summary_index };
      const name = 'response.reasoning_summary';
      return [
        this.event(`${name}_part.added`, { ...at, part: { ...part, text: '' } }),
        ...this.#deltas(`${name}_text`, at, part.text, size),
        this.event(`${name}_text.done`, { ...at, text: part.text }),
        this.event(`${name}_part.done`, { ...at, part }),
      ];
    });
  }

  #deltas(name: string, at: object, text: string, size: number | undefined, more: object = {}): Frame[] {
    return piecesOf(text, size).map((delta) => {
      this.#delta += 1;
      return this.event(`${name}.delta`, { ...at, ...more, ...this.#obfuscation, delta }, [`delta:${this.#delta}`]);
    });
  }
}

const none = { annotations: [] };

interface TextPart {
  type: string;
  annotations?: object[];
  text?: string;
  refusal?: string;
}

interface SummaryPart {
  type: string;
  text: string;
}

/** An item as its first event shows it: empty, to be filled by deltas. */
function begun(item: Item): Item {
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] };
  if (item.type === 'function_call') return { ...item, status: 'in_progress', arguments: '' };
  if (item.type === 'web_search_call') return { ...item, status: 'in_progress' };
  return { ...item, summary: [] };
}
