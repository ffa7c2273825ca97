import { createHash } from 'node:crypto';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import { Refusal } from './wire-format.js';

/** How many tokens of a request the provider reads. */
export interface Window {
  tokens: number;
  /** The longest reply must fit beside the request, as providers check it that are told how long it may be. */
  holdsReply?: boolean;
}

/** What providers say of a request that is too long, in their own words, each with its count. */
const REFUSALS: Readonly<Record<string, (count: number, window: number, path: string) => Refusal>> = {
  anthropic: (count, window) =>
    new Refusal(400, 'invalid_request_error', `prompt is too long: ${count} tokens > ${window} maximum`),
  openai: (count, window, path) => tooLongForOpenAi(count, window, path),
  chatgpt: (count, window, path) => tooLongForOpenAi(count, window, path),
  gemini: (count, window) => tooLongForGoogle(count, window),
  'code-assist': (count, window) => tooLongForGoogle(count, window),
};

const tooLongForGoogle = (count: number, window: number) =>
  new Refusal(
    400,
    'INVALID_ARGUMENT',
    `The input token count (${count}) exceeds the maximum number of tokens allowed (${window}).`,
  );

function tooLongForOpenAi(count: number, window: number, path: string): Refusal {
  const isChat = path.endsWith('/chat/completions');
  const message = isChat
    ? `This model's maximum context length is ${window} tokens. However, your messages resulted in ${count} tokens. Please reduce the length of the messages.`
    : 'Your input exceeds the context window of this model. Please adjust your input and try again.';
  const param = isChat ? 'messages' : 'input';
  return new Refusal(400, 'invalid_request_error', message, { param, code: 'context_length_exceeded' });
}

/** Marks around each message, and around all of them. */
const perMessage = 4;

/** Tokens of what requests say, by a tokenizer that The Maestro does not use; each text is counted once. */
export class TokenCount {
  readonly #known = new Map<string, number>();
  #tokenizer: Tiktoken | undefined;

  /** @param body JSON of whatever format: every text in it counts, but for bytes of pictures and files */
  of(body: Buffer): number {
    const { tools, messages, input, contents, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
    const said = [messages, input, contents, rest.request].flat().filter((each) => each !== undefined);
    const described = tools === undefined ? 0 : this.#text(JSON.stringify(tools));
    return (
      described +
      this.#value([rest.system, rest.instructions, rest.systemInstruction]) +
      this.#value(said) +
      perMessage * said.length
    );
  }

  /** Of every text in a value. */
  ofTexts(value: unknown): number {
    return this.#value(value);
  }

  #value(value: unknown): number {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return 0;
    return Object.entries(value).reduce((sum, [name, each]) => sum + (unread.has(name) ? 0 : this.#value(each)), 0);
  }

  #text(text: string): number {
    const key = text.length > 100 ? createHash('sha1').update(text).digest('base64') : text;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#tokenizer ??= new Tiktoken(cl100k);
    // A text may spell out the vocabulary's own marks; here they are letters like any other.
    const tokens = this.#tokenizer.encode(text, [], []).length;
    this.#known.set(key, tokens);
    return tokens;
  }
}

/** What stands in a request and is no text of it. */
const unread: ReadonlySet<string> = new Set([
  'data',
  'signature',
  'encrypted_content',
  'thoughtSignature',
  'type',
  'role',
]);

/** @throws Refusal where the request, with its longest reply where that counts, is more than the window holds */
export function checkWindow(window: Window, format: string, path: string, body: Buffer, tokens: number): void {
  if (tokens > window.tokens) throw REFUSALS[format]!(tokens, window.tokens, path);
  const { max_tokens } = JSON.parse(body.toString()) as { max_tokens?: number };
  if (!window.holdsReply || max_tokens === undefined || tokens + max_tokens <= window.tokens) return;
  const sum = `${tokens} + ${max_tokens} > ${window.tokens}`;
  const words = `input length and \`max_tokens\` exceed context limit: ${sum}, decrease input length or \`max_tokens\` and try again`;
  throw new Refusal(400, 'invalid_request_error', words);
}
