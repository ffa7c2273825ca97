import type { McpServerSettings, Question, QuestionAnswer, ToolCallContext } from '@maestro/core';
import { toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { Asks } from '../src/asks.js';

const message = { role: 'user', content: { type: 'text', text: 'What is 6 x 7?' } } as const;
const wanted = { messages: [message], maxTokens: 10 };
const never = new AbortController().signal;
const refusal = (work: Promise<unknown>) => work.then(() => 'it did not fail', String);

/** Asks of a server while a call of it is in flight; each question gets the next of the answers. */
function inFlight(answers: QuestionAnswer[], settings: McpServerSettings = {}, given: Partial<ToolCallContext> = {}) {
  const asked: Question[] = [];
  const models: string[] = [];
  const asks = new Asks('sim', () => settings);
  const call = toolCall({
    question: async (question) => {
      asked.push(question);
      return answers.shift() ?? new Promise(() => undefined);
    },
    ask: async ({ activity }) => {
      models.push(activity);
      return { parts: [{ v: 1, type: 'text', text: '42' }], provider: 'p', model: 'm', reason: 'stop' };
    },
    ...given,
  });
  const over = asks.during({ call, hold: () => () => undefined });
  return { asks, asked, models, over };
}

const yes = (values: Record<string, unknown> = {}): QuestionAnswer => ({ outcome: 'answered', values });
const form = {
  mode: 'form' as const,
  message: 'Who are you?',
  requestedSchema: {
    type: 'object' as const,
    properties: {
      name: { type: 'string' as const, minLength: 2 },
      age: { type: 'integer' as const, minimum: 1, maximum: 150 },
      mail: { type: 'string' as const, format: 'email' as const },
      color: { type: 'string' as const, enum: ['red', 'blue'] },
    },
    required: ['name'],
  },
};

describe('what a server asks while it works', () => {
  it('is a model, after the person was asked, without asking, or never: as its settings say', async () => {
    const allowed = inFlight([], { sampling: 'allow' });
    expect(await allowed.asks.sample(wanted, never)).to.deep.include({ model: 'm', stopReason: 'endTurn' });
    const agreed = inFlight([yes()]);
    await agreed.asks.sample(wanted, never);
    expect([agreed.asked[0]?.from, agreed.models]).to.deep.equal(['sim', ['mcp_sampling']]);
    expect(agreed.asked[0]?.text).to.include('6 x 7');
    const refused = inFlight([{ outcome: 'declined', reason: null }]);
    expect(await refusal(refused.asks.sample(wanted, never))).to.match(/does not want it/);
    const denied = inFlight([], { sampling: 'deny' });
    expect(await refusal(denied.asks.sample(wanted, never))).to.match(/not given/);
    expect([...refused.models, ...denied.models, ...denied.asked]).to.deep.equal([]);
  });

  it('ends with the call that is cancelled in the middle', async () => {
    const cancel = new AbortController();
    const { asks, models } = inFlight([], {}, { signal: cancel.signal });
    const answer = refusal(asks.sample(wanted, never));
    cancel.abort();
    expect(await answer).to.match(/the call is over/);
    expect(models).to.deep.equal([]);
  });

  it('is a form: sent, declined or closed; what does not fit is asked for again with the reason', async () => {
    const { asks, asked } = inFlight([
      yes({ name: 'A', age: '200', mail: 'nowhere', color: 'green' }),
      yes({ name: 'Ada', age: '36', mail: 'ada@example.org', color: 'blue' }),
      { outcome: 'declined', reason: null },
      { outcome: 'dismissed' },
    ]);
    const content = { name: 'Ada', age: 36, mail: 'ada@example.org', color: 'blue' };
    expect(await asks.elicit(form, never)).to.deep.equal({ action: 'accept', content });
    expect(asked[1]?.text).to.match(
      /"name" has not 2.*"age" is not from 1 to 150.*"mail" is no email.*"color" is none/,
    );
    expect(await asks.elicit(form, never)).to.deep.equal({ action: 'decline' });
    expect(await asks.elicit(form, never)).to.deep.equal({ action: 'cancel' });
  });

  it('is given up for when it never fits', async () => {
    const { asks, asked } = inFlight([yes({}), yes({}), yes({})]);
    expect(await asks.elicit(form, never)).to.deep.equal({ action: 'cancel' });
    expect(asked).to.have.length(3);
  });

  it('is a page: the person sees whose it is, and no address but of the web is shown', async () => {
    const { asks, asked } = inFlight([yes()]);
    const page = { mode: 'url' as const, message: 'Pay here', elicitationId: '1', url: 'https://pay.example/a?b=1' };
    expect(await asks.elicit(page, never)).to.deep.equal({ action: 'accept' });
    expect(asked[0]?.title).to.match(/pay\.example/);
    expect(asked[0]?.text).to.include(page.url);
    expect(await refusal(asks.elicit({ ...page, url: 'javascript:alert(1)' }, never))).to.match(/http address/);
    expect(asked).to.have.length(1);
  });

  it('is nothing without a call in flight', async () => {
    const { asks, over } = inFlight([yes()]);
    over();
    expect(await refusal(asks.elicit(form, never))).to.match(/no call is in flight/);
  });
});
