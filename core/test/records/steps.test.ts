import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { text } from '../../src/protocol/messages.js';
import type { Step, ToolState, TurnState, Write } from '../../src/store/step.js';
import { call, codeOf, liveTurn, message, step, toolCall, turnAdd, useRecords } from './support.js';

const turnSet = (
  turn_id: string,
  state: TurnState,
  more: Partial<Extract<Write, { write: 'turn.set' }>> = {},
): Write => ({
  write: 'turn.set',
  turn_id,
  from: ['queued', 'calling', 'tools'],
  state,
  ...more,
});
const toolSet = (tool_call_id: string, from: ToolState, state: ToolState): Write => ({
  write: 'tool.set',
  tool_call_id,
  from: [from],
  state,
});

describe('the writes of a step', () => {
  const records = useRecords();
  const commit = (fence: { conversationId: string; epoch: number | null }, ...writes: Write[]) =>
    records.log.commit(fence, step(writes));

  describe('turns', () => {
    it('count their attempts, and anew after progress', async () => {
      const { conversationId, fence } = await records.begin();
      const id = await liveTurn(records, fence);
      expect(await records.turns.live(conversationId)).to.include({ id, state: 'queued', attempts: 0, ended_at: null });
      await commit(fence, turnSet(id, 'calling', { begin: true }));
      await commit(fence, turnSet(id, 'calling', { begin: true }));
      expect(await records.turns.get(id)).to.include({ state: 'calling', attempts: 2 });
      await commit(fence, turnSet(id, 'tools', { resetAttempts: true }));
      expect(await records.turns.get(id)).to.include({ state: 'tools', attempts: 0 });
    });

    it('end once, and may be taken up again', async () => {
      const { conversationId, fence } = await records.begin();
      const id = await liveTurn(records, fence);
      const error = { code: 'provider.auth', message: 'no \0 key' };
      await commit(fence, turnSet(id, 'failed', { stop_reason: 'error', error }));
      const ended = await records.turns.last(conversationId);
      expect(ended).to.deep.include({ id, state: 'failed', stop_reason: 'error' });
      expect(ended?.error).to.deep.equal({ code: 'provider.auth', message: 'no \ufffd key' });
      expect(ended?.ended_at).to.be.instanceOf(Date);
      expect(await records.turns.live(conversationId)).to.equal(undefined);
      expect(await codeOf(commit(fence, turnSet(id, 'completed')))).to.equal('step.refused');
      await commit(fence, turnSet(id, 'queued', { from: ['failed'], error: null, stop_reason: null }));
      expect(await records.turns.live(conversationId)).to.include({ error: null, stop_reason: null, ended_at: null });
    });

    it('may be frozen anew, and reset the guard against crash loops as they end', async () => {
      const { conversationId, fence } = await records.begin();
      const id = await liveTurn(records, fence);
      const config = { ...(await records.turns.get(id))!.config, model: 'acme-2' };
      const liveStarts = async (set?: number) => {
        if (set)
          await records.db.query('update conversations set live_starts = $2 where id = $1', [conversationId, set]);
        const { rows } = await records.db.query('select live_starts from conversations where id = $1', [
          conversationId,
        ]);
        return rows[0]?.live_starts;
      };
      await liveStarts(2);
      await commit(fence, turnSet(id, 'calling', { config }));
      expect((await records.turns.get(id))?.config).to.deep.equal(config);
      expect(await liveStarts()).to.equal(2);
      await commit(fence, turnSet(id, 'tools', { resetAttempts: true }));
      expect(await liveStarts()).to.equal(0);
      await liveStarts(2);
      await commit(fence, turnSet(id, 'completed'));
      expect(await liveStarts()).to.equal(0);
    });

    it('there is one live turn in a conversation, and ending one may begin the next', async () => {
      const { conversationId, fence } = await records.begin();
      const first = await liveTurn(records, fence);
      const next = randomUUID();
      expect(await codeOf(commit(fence, turnAdd(next)))).to.equal('step.refused');
      await commit(fence, turnSet(first, 'completed'), turnAdd(next));
      expect((await records.turns.live(conversationId))?.id).to.equal(next);
    });

    it('of another conversation are out of reach', async () => {
      const [mine, other] = [await records.begin(), await records.begin()];
      const turnId = await liveTurn(records, other.fence);
      const { id } = call(turnId, '');
      const writes: Write[] = [
        turnSet(turnId, 'completed'),
        { write: 'call.end', call_id: id, end: { state: 'done' } },
        toolSet(randomUUID(), 'proposed', 'started'),
        { write: 'queue.take', id },
        { write: 'queue.set', id, text: 'x' },
        { write: 'session.set', session_id: other.sessionId, set: { title: 'x' } },
      ];
      for (const write of writes) expect(await codeOf(commit(mine.fence, write)), write.write).to.equal('step.refused');
    });
  });

  describe('calls', () => {
    it('are listed in order with all that was sent and received', async () => {
      const { conversationId, fence } = await records.begin();
      const turnId = await liveTurn(records, fence);
      const [first, second] = [call(turnId, '{"a":1}'), call(turnId, '{"a":12}', { attempt: 2 })];
      await commit(fence, { write: 'call.add', call: first });
      await commit(fence, { write: 'call.add', call: second });
      expect(await records.turns.openCalls(turnId)).to.deep.equal([first.id, second.id]);
      const firstByte = new Date('2026-01-02T03:04:05.678Z');
      await commit(fence, {
        write: 'call.end',
        call_id: first.id,
        end: {
          state: 'failed',
          status: 529,
          resp: Buffer.from('busy'),
          resp_headers: [['retry-after', '3']],
          provider_request_id: 'req_1',
          first_byte_at: firstByte,
          error: { code: 'provider.overloaded', message: 'busy' },
        },
      });
      await commit(fence, { write: 'call.end', call_id: second.id, end: { state: 'interrupted' } });
      const { items: listed } = await records.calls.page(conversationId);
      expect(listed.map(({ id, state }) => [id, state])).to.deep.equal([
        [first.id, 'failed'],
        [second.id, 'interrupted'],
      ]);
      expect(listed[0]).to.deep.include({
        attempt: 1,
        method: 'POST',
        request_headers: first.req_headers,
        request_bytes: 7,
        response_status: 529,
        response_headers: [['retry-after', '3']],
        response_bytes: 4,
        provider_request_id: 'req_1',
        error: { code: 'provider.overloaded', message: 'busy' },
        first_byte_at: firstByte.toISOString(),
      });
      expect(await records.calls.get(second.id)).to.deep.equal(listed[1]);
      expect(listed[1]).to.include({ response_status: null, first_byte_at: null, response_bytes: null });
      expect(await records.calls.response(second.id)).to.deep.equal(Buffer.alloc(0));
      expect(await records.turns.openCalls(turnId)).to.deep.equal([]);
      const again = commit(fence, { write: 'call.end', call_id: first.id, end: { state: 'done' } });
      expect(await codeOf(again)).to.equal('step.refused');
    });

    it('that are not there are called unknown', async () => {
      for (const id of [randomUUID(), 'no-uuid']) {
        expect(await codeOf(records.calls.get(id))).to.equal('call.unknown');
        expect(await codeOf(records.calls.request(id))).to.equal('call.unknown');
        expect(await codeOf(records.calls.response(id))).to.equal('call.unknown');
      }
    });
  });

  describe('tool calls', () => {
    const proposed = async () => {
      const { conversationId, fence } = await records.begin();
      const turnId = await liveTurn(records, fence);
      const reply = message({ role: 'assistant', turn_id: turnId });
      const calls = [toolCall(turnId, reply.id), toolCall(turnId, reply.id, { ord: 1, provider_tool_id: 'toolu_2' })];
      await commit(fence, { write: 'message.add', message: reply }, { write: 'tool.add', calls });
      const [first, second] = calls.map(({ id }) => id) as [string, string];
      return { conversationId, fence, turnId, first, second };
    };

    it('start once, marked with the epoch of their owner', async () => {
      const { fence, turnId, first, second } = await proposed();
      await commit(fence, toolSet(first, 'proposed', 'started'));
      expect(await codeOf(commit(fence, toolSet(first, 'proposed', 'started')))).to.equal('step.refused');
      const [started, waiting] = await records.turns.toolCalls(turnId);
      expect(started).to.include({ id: first, state: 'started', epoch: 0, attempts: 1, ended_at: null, result: null });
      expect(started?.started_at).to.be.instanceOf(Date);
      expect(waiting).to.include({ id: second, state: 'proposed', epoch: null, attempts: 0, started_at: null });
    });

    it('end with their result', async () => {
      const { fence, turnId, first } = await proposed();
      await commit(fence, toolSet(first, 'proposed', 'started'));
      const result = {
        call_id: 'toolu_1',
        name: 'look',
        is_error: true,
        outcome: 'failed' as const,
        content: [text('no such file')],
        duration_ms: 12,
      };
      await commit(fence, { write: 'tool.set', tool_call_id: first, from: ['started'], state: 'failed', result });
      const [ended] = await records.turns.toolCalls(turnId);
      expect(ended).to.deep.include({ state: 'failed', result });
      expect(ended?.ended_at).to.be.instanceOf(Date);
    });

    it('of an owner that died can be repeated or given up, but not be said to have ended well', async () => {
      const { conversationId, fence, turnId, first, second } = await proposed();
      await commit(fence, toolSet(first, 'proposed', 'started'), toolSet(second, 'proposed', 'started'));
      await records.db.query('update conversations set epoch = 1 where id = $1', [conversationId]);
      const heir = { conversationId, epoch: 1 };
      expect(await codeOf(commit(heir, toolSet(first, 'started', 'succeeded')))).to.equal('step.refused');
      await commit(heir, toolSet(first, 'started', 'unknown'), toolSet(second, 'started', 'proposed'));
      const [unknown, again] = await records.turns.toolCalls(turnId);
      expect(unknown).to.include({ state: 'unknown', epoch: 0 });
      expect(again).to.include({ state: 'proposed', epoch: null, attempts: 1, started_at: null });
    });

    it('cannot be added halfway', async () => {
      const { fence, turnId } = await proposed();
      const reply = message({ role: 'assistant', turn_id: turnId });
      const calls = [toolCall(turnId, reply.id), toolCall(turnId, reply.id)];
      const twice = commit(fence, { write: 'message.add', message: reply }, { write: 'tool.add', calls });
      expect(await codeOf(twice)).to.equal('step.refused');
      expect(await records.turns.toolCalls(turnId)).to.have.length(2);
    });
  });

  describe('waiting messages', () => {
    const waiting = async (...texts: string[]) => {
      const { conversationId, fence } = await records.begin();
      for (const said of texts) {
        const queued = { id: randomUUID(), client_key: said, mode: 'queue' as const, text: said };
        await commit(fence, { write: 'queue.add', queued });
      }
      const idOf = async (said: string) =>
        (await records.queue.list(conversationId)).find((q) => q.text === said)?.id ?? '';
      const texts_ = async () => (await records.queue.list(conversationId)).map((q) => q.text).join(' ');
      return { conversationId, fence, idOf, order: texts_ };
    };

    it('are taken in order, or the first of a mode', async () => {
      const { conversationId, fence, idOf } = await waiting('a', 'b');
      await commit(fence, { write: 'queue.set', id: await idOf('b'), mode: 'steer' });
      expect(await records.queue.next(conversationId)).to.include({ text: 'a', ord: 1, mode: 'queue' });
      expect(await records.queue.next(conversationId, 'steer')).to.include({ text: 'b', ord: 2 });
      await commit(fence, { write: 'queue.take', id: await idOf('b') });
      expect(await records.queue.next(conversationId, 'steer')).to.equal(undefined);
    });

    it('can be edited and moved; the others close up', async () => {
      const { fence, idOf, order } = await waiting('a', 'b', 'c', 'd');
      const move = async (said: string, ord: number) => {
        await commit(fence, { write: 'queue.set', id: await idOf(said), ord });
        return order();
      };
      expect(await move('d', 1)).to.equal('d a b c');
      expect(await move('a', 3)).to.equal('d b a c');
      expect(await move('d', 99)).to.equal('b a c d');
      expect(await move('c', -5)).to.equal('c b a d');
      await commit(fence, { write: 'queue.set', id: await idOf('b'), text: 'B' });
      await commit(fence, { write: 'queue.take', id: await idOf('c') });
      expect(await order()).to.equal('B a d');
      expect(await move('d', 2)).to.equal('B d a');
    });

    it('are taken once', async () => {
      const { fence, idOf } = await waiting('a');
      const id = await idOf('a');
      const takes = await Promise.all([1, 2, 3].map(() => codeOf(commit(fence, { write: 'queue.take', id }))));
      expect(takes.filter((code) => code === undefined)).to.have.length(1);
      expect(await codeOf(commit(fence, { write: 'queue.set', id, ord: 1 }))).to.equal('step.refused');
    });

    it('are not taken with a text that was edited meanwhile', async () => {
      const { fence, idOf, order } = await waiting('a');
      const id = await idOf('a');
      await commit(fence, { write: 'queue.set', id, text: 'b' });
      expect(await codeOf(commit(fence, { write: 'queue.take', id, text: 'a' }))).to.equal('step.refused');
      await commit(fence, { write: 'queue.take', id, text: 'b' });
      expect(await order()).to.equal('');
    });

    it('share their keys with messages, and keep them as they become one', async () => {
      const { conversationId, fence, idOf } = await waiting('a');
      const id = await idOf('a');
      const sent = { message_id: id, turn_id: null, queued: true };
      expect(await records.messages.byClientKey(conversationId, 'a')).to.deep.equal(sent);
      const other = commit(fence, { write: 'message.add', message: message({ client_key: 'a' }) });
      expect(await codeOf(other)).to.equal('step.refused');
      const becoming: Step['writes'] = [
        { write: 'queue.take', id },
        { write: 'message.add', message: message({ id, client_key: 'a' }) },
      ];
      await commit(fence, ...becoming);
      expect(await records.messages.byClientKey(conversationId, 'a')).to.deep.equal({ ...sent, queued: false });
      const queued = { id: randomUUID(), client_key: 'a', mode: 'queue' as const, text: 'a' };
      expect(await codeOf(commit(fence, { write: 'queue.add', queued }))).to.equal('step.refused');
    });
  });

  it('an error that is no refusal stays what it is', async () => {
    const { fence } = await records.begin();
    expect(await codeOf(commit(fence, { write: 'queue.take', id: 'no-uuid' }))).to.equal('22P02');
  });
});
