import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Part, text } from '../../src/protocol/messages.js';
import { checkInvariants } from '../../src/store/invariants.js';
import type { Fence } from '../../src/store/step.js';
import { adding, call, liveTurn, message, step, toolCall, useRecords } from './support.js';

const asks = (...ids: string[]): Part[] => ids.map((id) => ({ v: 1, type: 'tool_call', id, name: 'look', args: {} }));
const answers = (...ids: string[]): Part[] =>
  ids.map((call_id) => ({
    v: 1,
    type: 'tool_result',
    call_id,
    name: 'look',
    is_error: false,
    outcome: 'succeeded',
    content: [text('x')],
    duration_ms: 1,
  }));

describe('the invariants', () => {
  const records = useRecords();
  type Begun = { conversationId: string; sessionId: string; fence: Fence };
  const sql = (text: string, ...params: unknown[]) => records.db.query(text, params);
  const say = (fence: Fence, role: 'assistant' | 'tool', parts: Part[]) =>
    records.log.commit(fence, adding(message({ role, parts })));

  /** Everything a conversation can hold, in good order, with a turn that has ended. */
  const fullConversation = async () => {
    const begun = await records.begin();
    const { fence } = begun;
    const turnId = await liveTurn(records, fence);
    const asked = message({ role: 'assistant', parts: asks('a', 'b'), turn_id: turnId });
    const sent = call(turnId, 'x');
    const tool = toolCall(turnId, asked.id);
    await records.log.commit(fence, adding(message()));
    await records.log.commit(fence, step([{ write: 'call.add', call: sent }]));
    await records.log.commit(
      fence,
      step([
        { write: 'call.end', call_id: sent.id, end: { state: 'done' } },
        { write: 'message.add', message: asked },
        { write: 'tool.add', calls: [tool] },
        { write: 'tool.set', tool_call_id: tool.id, from: ['proposed'], state: 'started' },
        { write: 'tool.set', tool_call_id: tool.id, from: ['started'], state: 'succeeded' },
        { write: 'message.add', message: message({ role: 'tool', parts: answers('a', 'b') }) },
        { write: 'turn.set', turn_id: turnId, from: ['queued'], state: 'completed' },
      ]),
    );
    return { ...begun, turnId, tool, sent };
  };

  const breaks: Record<string, (begun: Begun) => Promise<unknown>> = {
    'turn.one_live': async ({ fence }) => {
      await sql('drop index turns_one_live');
      await liveTurn(records, fence);
      await liveTurn(records, fence);
    },
    'message.positions': async ({ fence, conversationId }) => {
      await records.log.commit(fence, adding(message()));
      await sql('update messages set pos = 2 where conversation_id = $1', conversationId);
    },
    'message.results_follow_calls': ({ fence }) => say(fence, 'assistant', asks('a')),
    'message.calls_precede_results': ({ fence }) => say(fence, 'tool', answers('a')),
    'tool.epoch': async () => {
      const { tool, turnId, conversationId } = await fullConversation();
      await sql(`update turns set state = 'tools' where id = $1`, turnId);
      await sql(`update tool_calls set state = 'started' where id = $1`, tool.id);
      await sql('update conversations set epoch = 5 where id = $1', conversationId);
    },
    'tool.open': async () => {
      const { tool } = await fullConversation();
      await sql(`update tool_calls set state = 'proposed' where id = $1`, tool.id);
    },
    'call.open': async () => {
      const { sent } = await fullConversation();
      await sql(`update provider_calls set state = 'sent' where id = $1`, sent.id);
    },
    'call.base': async () => {
      const { sent } = await fullConversation();
      await sql('update provider_calls set base_id = $2 where id = $1', sent.id, randomUUID());
    },
    'event.sequence': ({ conversationId }) => sql('delete from events where conversation_id = $1', conversationId),
    'draft.live': ({ fence }) =>
      records.log.saveDraft(fence, { message_id: randomUUID(), turn_id: randomUUID(), parts: [] }),
    'draft.message': async ({ fence, conversationId }) => {
      const turnId = await liveTurn(records, fence);
      const added = message();
      await records.log.commit(fence, adding(added));
      await sql(
        `insert into drafts (message_id, conversation_id, turn_id, parts) values ($1, $2, $3, '[]')`,
        added.id,
        conversationId,
        turnId,
      );
    },
    'session.conversation': ({ sessionId }) =>
      sql('update sessions set current_conversation_id = $2 where session_id = $1', sessionId, randomUUID()),
  };

  it('hold in a database that only the log has written', async () => {
    await fullConversation();
    const { fence } = await records.begin();
    // A turn that is live may have calls without results.
    const turnId = await liveTurn(records, fence);
    await records.log.commit(fence, adding(message({ role: 'assistant', parts: asks('a'), turn_id: turnId })));
    await records.log.saveDraft(fence, { message_id: randomUUID(), turn_id: turnId, parts: [text('x')] });
    expect(await checkInvariants(records.db)).to.deep.equal([]);
  });

  it('are all shown to fail below', () => {
    const file = readFileSync(new URL('../../../src/store/invariants.sql', import.meta.url), 'utf8');
    const named = [...file.matchAll(/^select '([\w.]+)'/gm)].map(([, name]) => name);
    expect(named).to.have.members(Object.keys(breaks));
  });

  for (const [name, breakIt] of Object.entries(breaks)) {
    it(`${name} is found broken where it is broken`, async () => {
      const before = (await checkInvariants(records.db)).filter(({ invariant }) => invariant === name);
      expect(before).to.deep.equal([]);
      const begun = await records.begin();
      await breakIt(begun);
      const found = (await checkInvariants(records.db)).filter(({ invariant }) => invariant === name);
      expect(found).to.have.length(1);
      expect(found[0]?.subject).to.match(name === 'session.conversation' ? /^\w{16}$/ : /^[\da-f-]{36}$/);
      expect(found[0]?.detail).to.not.equal('');
    });
  }

  it('results in another order than their calls are found', async () => {
    const { fence, conversationId } = await records.begin();
    await say(fence, 'assistant', asks('a', 'b'));
    await say(fence, 'tool', answers('b', 'a'));
    const found = (await checkInvariants(records.db)).filter(({ subject }) => subject === conversationId);
    expect(found.map(({ invariant }) => invariant)).to.deep.equal([
      'message.calls_precede_results',
      'message.results_follow_calls',
    ]);
  });
});
