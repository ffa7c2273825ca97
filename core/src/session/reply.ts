import { ProviderError } from '../errors.js';
import type { ModelEvent, StopReason, TokenUsage } from '../extension/provider.js';
import type { Delta } from '../protocol/events.js';
import { type Part, SHAPE_VERSION, text } from '../protocol/messages.js';
import type { SessionLimits } from './limits.js';

type OpenPart =
  | { kind: 'text'; text: string }
  | { kind: 'thinking'; text: string; redacted?: string; signature?: string }
  | { kind: 'tool_args'; text: string; id: string; name: string };

/** A call of the model, with the JSON text as it came. */
export interface CalledTool {
  id: string;
  name: string;
  args: unknown;
  raw: string;
}

/** One reply while it comes in. */
export class Reply {
  readonly #parts: OpenPart[] = [];
  #usage: TokenUsage | undefined;
  #reason: StopReason | undefined;

  constructor(
    readonly messageId: string,
    private readonly limits: SessionLimits,
  ) {}

  /**
   * Adds one event; gives what to tell of it.
   *
   * @throws ProviderError `malformed` for what no reply may be
   */
  take(event: ModelEvent): Delta | null {
    switch (event.type) {
      case 'start':
        this.#parts.push(this.#opened(event));
        return this.#delta(0, '');
      case 'delta':
        return this.#append(words(event.text, 'text'));
      case 'signature':
        this.#sign(words(event.signature, 'a signature'));
        return null;
      case 'usage':
        this.#usage = counted(event.usage);
        return null;
      case 'done':
        this.#reason = words(event.reason, 'a stop reason') as StopReason;
        return null;
    }
  }

  /** Set once the reply is complete. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  get usage(): TokenUsage | undefined {
    return this.#usage;
  }

  get parts(): Part[] {
    return this.#parts.map((part) => this.#finished(part));
  }

  get text(): string {
    return this.#parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
  }

  get calls(): CalledTool[] {
    return this.#parts.flatMap((part) => {
      if (part.kind !== 'tool_args') return [];
      return [{ id: part.id, name: part.name, args: this.#arguments(part.text), raw: part.text }];
    });
  }

  #opened(event: Extract<ModelEvent, { type: 'start' }>): OpenPart {
    const { partsPerMessage } = this.limits;
    if (this.#parts.length >= partsPerMessage) throw malformed(`has more than ${partsPerMessage} parts`);
    if (event.part === 'text') return { kind: 'text', text: '' };
    if (event.part === 'thinking') {
      const { redacted } = event;
      return { kind: 'thinking', text: '', ...(redacted !== undefined && { redacted: words(redacted, 'thinking') }) };
    }
    const known = this.#parts.filter((part) => part.kind === 'tool_args');
    if (known.some((part) => part.id === event.id)) throw malformed(`calls two tools under one id "${event.id}"`);
    const most = this.limits.toolCallsPerMessage;
    if (known.length >= most) throw malformed(`calls more than ${most} tools at once`);
    return { kind: 'tool_args', text: '', id: words(event.id, 'the id of a call'), name: words(event.name, 'a name') };
  }

  #append(chunk: string): Delta {
    const part = this.#parts.at(-1);
    if (!part) throw malformed('goes on with a part that never began');
    const offset = part.text.length;
    part.text += chunk;
    if (part.kind === 'tool_args' && part.text.length > this.limits.argumentBytes) {
      throw malformed(`gives arguments of more than ${this.limits.argumentBytes} bytes for "${part.name}"`);
    }
    return this.#delta(offset, chunk);
  }

  #sign(signature: string): void {
    const part = this.#parts.findLast(({ kind }) => kind === 'thinking');
    if (part?.kind !== 'thinking') throw malformed('signs thinking that never began');
    part.signature = signature;
  }

  #delta(offset: number, chunk: string): Delta {
    const index = this.#parts.length - 1;
    const part = this.#parts[index]!;
    const delta: Delta = { message_id: this.messageId, part: index, kind: part.kind, offset, text: chunk };
    return part.kind === 'tool_args' && offset === 0 ? { ...delta, call_id: part.id, name: part.name } : delta;
  }

  #finished(part: OpenPart): Part {
    if (part.kind === 'text') return text(part.text);
    if (part.kind === 'tool_args') {
      const args = this.#arguments(part.text);
      return { v: SHAPE_VERSION, type: 'tool_call', id: part.id, name: part.name, args };
    }
    const { kind: type, ...rest } = part;
    return { v: SHAPE_VERSION, type, ...rest };
  }

  /** A reply that was cut off for its length may have lost the arguments of its last call altogether. */
  #arguments(raw: string): unknown {
    return raw === '' && this.#reason === 'length' ? { $invalid: raw } : parseArguments(raw, this.limits.argumentDepth);
  }
}

/** A JSON object, or `{ $invalid: raw }`. No text at all means no arguments. */
export function parseArguments(raw: string, maxDepth: number): unknown {
  if (raw === '') return {};
  try {
    const value: unknown = JSON.parse(raw);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && !isDeeper(value, maxDepth) ? value : { $invalid: raw };
  } catch {
    // The model is told, see ToolRunner.
    return { $invalid: raw };
  }
}

export function isInvalid(args: unknown): args is { $invalid: string } {
  return typeof args === 'object' && args !== null && Object.keys(args).join() === '$invalid';
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** A provider hands on what its server sent, and that may be anything. */
function words(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw malformed(`gives ${what} that is no text`);
}

/** No reply is given up for a strange count: what the tables cannot hold becomes the nearest they can. */
function counted({ requestTokens, responseTokens, ...more }: TokenUsage): TokenUsage {
  return { ...more, requestTokens: wholeNumber(requestTokens), responseTokens: wholeNumber(responseTokens) };
}

/** Two of them, in and out, still fit an integer column. */
const mostTokens = 1_000_000_000;

function wholeNumber(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.round(value), mostTokens) : 0;
}

function malformed(what: string): ProviderError {
  return new ProviderError('malformed', `the model's reply ${what}; retry, and choose another model if it repeats`);
}
