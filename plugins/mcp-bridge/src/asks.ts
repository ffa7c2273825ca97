import type { McpServerSettings, QuestionAnswer, ToolCallContext } from '@maestro/core';
import type {
  CreateMessageRequestParams,
  CreateMessageResult,
  ElicitRequestFormParams,
  ElicitRequestParams,
  ElicitRequestURLParams,
  ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { contentOf, misfitsOf, questionOf } from './elicitation.js';
import { sampled, sideRequest } from './sampling.js';

/** A person is asked for one form this often. */
const mostTimes = 3;

interface InFlight {
  call: ToolCallContext;
  /** Its time stands still while a person or a model is asked. */
  hold(): () => void;
}

/**
 * What a server asks while it works: a model's answer, or a person's. Both belong to the call in flight. A server says
 * not which one it asks for, so with calls of several sessions it gets no answer: one session must not read, or pay
 * for, what is another's.
 */
export class Asks {
  readonly #calls = new Set<InFlight>();

  constructor(
    private readonly server: string,
    private readonly settings: () => McpServerSettings,
  ) {}

  /** @returns called when the call is over */
  during(one: InFlight): () => void {
    this.#calls.add(one);
    return () => void this.#calls.delete(one);
  }

  async sample(params: CreateMessageRequestParams, signal: AbortSignal): Promise<CreateMessageResult> {
    const { sampling = 'ask' } = this.settings();
    if (sampling === 'deny') throw refused('answers of models are not given to this server');
    return this.#with(signal, async ({ call }) => {
      const request = sideRequest(params);
      if (sampling === 'ask') {
        const text = request.messages.flatMap(({ parts }) =>
          parts.map((part) => (part.type === 'text' ? part.text : '')),
        );
        const answer = await call.question({
          from: this.server,
          title: `${this.server} asks for an answer of the model`,
          text: [params.systemPrompt ?? '', ...text].join('\n\n').slice(0, 8_000),
          fields: [],
        });
        if (!isYes(answer)) throw refused('the person does not want it');
      }
      return sampled(await call.ask(request));
    });
  }

  async elicit(params: ElicitRequestParams, signal: AbortSignal): Promise<ElicitResult> {
    return this.#with(signal, ({ call }) =>
      'requestedSchema' in params ? this.#form(params, call) : this.#page(params, call),
    );
  }

  /** What does not fit the form is asked for again, with the reason. */
  async #form({ requestedSchema: schema, message }: ElicitRequestFormParams, call: ToolCallContext) {
    let notice = '';
    for (let count = 0; count < mostTimes; count += 1) {
      const answer = await call.question(questionOf(this.server, `${message}${notice}`, schema));
      if (answer.outcome !== 'answered') return without(answer);
      const content = contentOf(answer.values, schema);
      const misfits = misfitsOf(content, schema);
      if (misfits.length === 0) return { action: 'accept' as const, content };
      notice = `\n\nThis does not fit yet: ${misfits.join('; ')}.`;
    }
    return { action: 'cancel' as const };
  }

  /** The person sees where it leads before anything is opened; what happens there is between them and the page. */
  async #page({ url, message }: ElicitRequestURLParams, call: ToolCallContext): Promise<ElicitResult> {
    const page = URL.parse(url);
    if (!page || !/^https?:$/.test(page.protocol)) throw refused('only pages with an http address are shown');
    const answer = await call.question({
      from: this.server,
      title: `${this.server} asks you to open a page of ${page.host}`.slice(0, 200),
      text: `${message.toWellFormed().slice(0, 8_000)}\n\n${page.href.slice(0, 4_000)}`,
      fields: [],
    });
    return answer.outcome === 'answered' ? { action: 'accept' } : without(answer);
  }

  async #with<T>(signal: AbortSignal, act: (one: InFlight) => Promise<T>): Promise<T> {
    const calls = [...this.#calls];
    const one = calls.at(-1);
    if (!one) throw refused('no call is in flight that it could be for');
    const sessions = new Set(calls.map(({ call }) => call.sessionId));
    if (sessions.size > 1) throw refused('calls of several sessions are in flight, and it cannot say which it is for');
    const release = one.hold();
    try {
      return await Promise.race([act(one), endOf(AbortSignal.any([signal, one.call.signal]))]);
    } finally {
      release();
    }
  }
}

/** A form without fields is answered by yes or no. */
const isYes = (answer: QuestionAnswer): boolean => answer.outcome === 'answered';

const without = ({ outcome }: QuestionAnswer): ElicitResult => ({
  action: outcome === 'dismissed' ? 'cancel' : 'decline',
});

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(refused('the call is over'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

const refused = (why: string) => new McpError(ErrorCode.InvalidRequest, `refused: ${why}`);
