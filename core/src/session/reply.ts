import { ProviderError } from '../errors.js';
import type { ModelEvent, StopReason, TokenUsage } from '../extension/provider.js';
import type { Delta } from '../protocol/events.js';
import { type Part, SHAPE_VERSION, text } from '../protocol/messages.js';
import { GrowingText } from './growing-text.js';
import type { SessionLimits } from './limits.js';

type OpenPart =
  | { kind: 'text'; text: GrowingText }
  | { kind: 'thinking'; text: GrowingText; redacted?: string; signature?: string }
  | { kind: 'tool_args'; text: GrowingText; id: string; name: string };

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
  /** Characters of text and thinking. */
  #length = 0;
  /** Titles of pages a search rests on, by address. */
  readonly #sources = new Map<string, string>();
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
      case 'source':
        this.#cite(words(event.url, 'an address'), words(event.title, 'a title'));
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

  get sources(): { url: string; title: string }[] {
    return [...this.#sources].map(([url, title]) => ({ url, title }));
  }

  get parts(): Part[] {
    return this.#parts.map((part) => this.#finished(part));
  }

  get text(): string {
    return this.#parts.flatMap((part) => (part.kind === 'text' ? [part.text.toString()] : [])).join('\n');
  }

  /** All that was written: text, thinking and arguments, as far as it came. */
  get written(): string {
    return this.#parts.map((part) => part.text.toString()).join('\n');
  }

  get calls(): CalledTool[] {
    return this.#parts.flatMap((part) => {
      if (part.kind !== 'tool_args') return [];
      const raw = part.text.toString();
      return [{ id: part.id, name: part.name, args: this.#arguments(raw), raw }];
    });
  }

  #opened(event: Extract<ModelEvent, { type: 'start' }>): OpenPart {
    const { partsPerMessage } = this.limits;
    if (this.#parts.length >= partsPerMessage) throw malformed(`has more than ${partsPerMessage} parts`);
    const written = new GrowingText();
    if (event.part === 'text') return { kind: 'text', text: written };
    if (event.part === 'thinking') {
      const { redacted } = event;
      return {
        kind: 'thinking',
        text: written,
        ...(redacted !== undefined && { redacted: words(redacted, 'thinking') }),
      };
    }
    const known = this.#parts.filter((part) => part.kind === 'tool_args');
    if (known.some((part) => part.id === event.id)) throw malformed(`calls two tools under one id "${event.id}"`);
    const most = this.limits.toolCallsPerMessage;
    if (known.length >= most) throw malformed(`calls more than ${most} tools at once`);
    const [id, name] = [words(event.id, 'the id of a call'), words(event.name, 'a name')];
    return { kind: 'tool_args', text: written, id, name };
  }

  #append(chunk: string): Delta {
    const part = this.#parts.at(-1);
    if (!part) throw malformed('goes on with a part that never began');
    const offset = part.text.length;
    part.text.append(chunk);
    if (part.kind !== 'tool_args') this.#length += chunk.length;
    if (this.#length > this.limits.textLength) throw malformed(`has more than ${this.limits.textLength} characters`);
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

  /** What is no address of a page, or far too long, leads nowhere. */
  #cite(url: string, title: string): void {
    if (this.#sources.size >= mostSources || url.length > 8_192 || !/^https?:\/\//i.test(url)) return;
    if (!this.#sources.has(url)) this.#sources.set(url, title.replace(/\s+/g, ' ').trim().slice(0, 300));
  }

  #delta(offset: number, chunk: string): Delta {
    const index = this.#parts.length - 1;
    const part = this.#parts[index]!;
    const delta: Delta = { message_id: this.messageId, part: index, kind: part.kind, offset, text: chunk };
    return part.kind === 'tool_args' && offset === 0 ? { ...delta, call_id: part.id, name: part.name } : delta;
  }

  #finished(part: OpenPart): Part {
    const written = part.text.toString();
    if (part.kind === 'text') return text(written);
    if (part.kind === 'tool_args') {
      return { v: SHAPE_VERSION, type: 'tool_call', id: part.id, name: part.name, args: this.#arguments(written) };
    }
    const { kind: type, ...rest } = part;
    return { v: SHAPE_VERSION, type, ...rest, text: written };
  }

  /** A reply that was cut off for its length may have lost the arguments of its last call altogether. */
  #arguments(raw: string): unknown {
    return raw === '' && this.#reason === 'length' ? { $invalid: raw } : parseArguments(raw, this.limits.argumentDepth);
  }
}

/** Pages told of one search. */
const mostSources = 100;

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

/**
 * No reply is given up for a strange count: what the tables cannot hold becomes the nearest they can, and a part of a
 * count is never more than the whole.
 */
function counted(usage: TokenUsage): TokenUsage {
  const requestTokens = wholeNumber(usage.requestTokens);
  const responseTokens = wholeNumber(usage.responseTokens);
  const cached = partOf(usage.cachedTokens, requestTokens);
  const cacheWrite = partOf(usage.cacheWriteTokens, requestTokens - (cached ?? 0));
  const forAnHour = partOf(usage.cacheWriteHourTokens, cacheWrite ?? 0);
  const reasoning = partOf(usage.reasoningTokens, responseTokens);
  return {
    requestTokens,
    responseTokens,
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(cacheWrite !== undefined && { cacheWriteTokens: cacheWrite }),
    ...(forAnHour !== undefined && { cacheWriteHourTokens: forAnHour }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function partOf(value: unknown, whole: number): number | undefined {
  return typeof value === 'number' ? Math.min(wholeNumber(value), whole) : undefined;
}

/** Two of them, in and out, still fit an integer column. */
const mostTokens = 1_000_000_000;

function wholeNumber(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.round(value), mostTokens) : 0;
}

function malformed(what: string): ProviderError {
  return new ProviderError('malformed', `the model's reply ${what}; retry, and choose another model if it repeats`);
}
