import { expect } from 'chai';
import fc from 'fast-check';
import { MaestroSocket, SessionStore } from '../../src/client/index.js';
import { emptyView, fold, foldDelta, type SessionView, type Usage } from '../../src/protocol/index.js';
import { type Act, type Fault, ModelConversation, ModelServer } from './model-server.js';

const acts: Act[] = ['send', 'text', 'text', 'part', 'tool', 'retry', 'line', 'config', 'end', 'cancel', 'notice'];
const faults: Fault[] = ['cut', 'lose', 'double', 'split'];

describe('a session store', () => {
  it('ends with the view of the log, whatever is lost, doubled, split or cut on the way', async function () {
    this.timeout(120_000);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...acts).map((act) => ({ act })) },
      { weight: 1, arbitrary: fc.constantFrom(...faults).map((fault) => ({ fault })) },
      { weight: 1, arbitrary: fc.constant({ pause: true }) },
    );
    const scripts = fc.record({ opensAt: fc.nat(20), steps: fc.array(step, { minLength: 1, maxLength: 60 }) });
    await fc.assert(
      fc.asyncProperty(scripts, async ({ opensAt, steps }) => {
        const { store, server, socket } = follow();
        for (const [index, step] of steps.entries()) {
          if (index === Math.min(opensAt, steps.length - 1)) store.open();
          if ('act' in step) server.conversation.act(step.act);
          else if ('fault' in step) server.fault(step.fault);
          else await pause();
        }
        await settled(store, server);
        expect(essence(store.view)).to.deep.equal(essence(viewOfLog(server.conversation)));
        expect(store.view.session?.model).to.equal(server.conversation.session.model);
        store.close();
        socket.close();
      }),
      { numRuns: 150 },
    );
  });

  it('loads older pages in front, without a hole and without a message twice', async () => {
    const { store, server, socket } = follow({ pageSize: 5 });
    for (let turn = 0; turn < 8; turn += 1)
      for (const act of ['send', 'text', 'end'] as const) server.conversation.act(act);
    await store.open().ready();
    const newest = store.view.messages;
    while (await store.loadOlder());
    const positions = store.view.messages.map((message) => message.pos);
    expect(newest.length).to.equal(5);
    expect(positions).to.deep.equal(server.conversation.messages.map((message) => message.pos));
    expect(store.view.messages.slice(-5)).to.have.ordered.members(newest);
    expect(store.hasOlder).to.equal(false);
    store.close();
    socket.close();
  });

  it('goes to any place of a long history and back, with few messages at a time and none left out', async function () {
    this.timeout(20_000);
    const { store, server, socket } = follow({ pageSize: 50 });
    for (let turn = 0; turn < 1_000; turn += 1)
      for (const act of ['send', 'text', 'end'] as const) server.conversation.act(act);
    await store.open().ready();
    const positions = () => store.shown.messages.map(({ pos }) => pos);
    const isWhole = () => positions().every((pos, index, all) => index === 0 || pos === all[index - 1]! + 1);
    store.isFollowing = false;
    expect((await store.jump('m77'))?.pos).to.equal(77);
    expect([isWhole(), store.hasNewer, positions().includes(77)]).to.deep.equal([true, true, true]);
    const fixed = store.shown;
    server.conversation.act('send');
    await pause();
    await pause();
    expect(store.shown.messages).to.deep.equal(fixed.messages);
    expect(store.shown.draft).to.equal(null);
    let longest = 0;
    for (; store.hasOlder; longest = Math.max(longest, positions().length)) await store.loadOlder();
    expect(positions()[0]).to.equal(1);
    for (; store.hasNewer; longest = Math.max(longest, positions().length)) await store.loadNewer();
    expect([isWhole(), positions().at(-1)]).to.deep.equal([true, server.conversation.messages.length]);
    expect(store.shown).to.equal(store.view);
    for (let page = 0; page < 12; page += 1, longest = Math.max(longest, positions().length)) await store.loadOlder();
    expect([isWhole(), store.hasNewer, longest <= 400]).to.deep.equal([true, true, true]);
    store.toEnd();
    expect([store.hasNewer, positions().at(-1)]).to.deep.equal([false, server.conversation.messages.length]);
    expect(await store.jump('nowhere')).to.equal(undefined);
    store.close();
    socket.close();
  });

  it('keeps a long live end short for who follows it, and still for who reads in it', async function () {
    this.timeout(20_000);
    const { store, server, socket } = follow();
    await store.open().ready();
    const turns = async (count: number) => {
      for (let turn = 0; turn < count; turn += 1)
        for (const act of ['send', 'text', 'end'] as const) server.conversation.act(act);
      await settled(store, server);
    };
    await turns(300);
    expect(store.view.messages.length).to.be.within(250, 400);
    store.isFollowing = false;
    const [first] = store.shown.messages;
    await turns(600);
    expect(store.shown.messages[0]).to.equal(first);
    expect(store.hasNewer).to.equal(true);
    store.isFollowing = true;
    store.toEnd();
    expect(store.shown.messages.at(-1)?.pos).to.equal(server.conversation.messages.length);
    store.close();
    socket.close();
  });

  it('keeps the parts of a view that a delta does not touch', () => {
    const conversation = new ModelConversation();
    for (const act of ['send', 'tool', 'text', 'part'] as const) conversation.act(act);
    const before = viewOfLog(conversation);
    conversation.act('text');
    const after = foldDelta(before, conversation.deltas.at(-1)!) as SessionView;
    expect(after.draft?.parts[1]).not.to.equal(before.draft?.parts[1]);
    expect(after.draft?.parts[0]).to.equal(before.draft?.parts[0]);
    expect(after.messages).to.equal(before.messages);
    expect(after.tools).to.equal(before.tools);
    expect(after.queue).to.equal(before.queue);
  });

  it('shows who waits at a busy server, why another attempt is made, and what the last call used', () => {
    const conversation = new ModelConversation();
    for (const act of ['send', 'text', 'line'] as const) conversation.act(act);
    const shown = [emptyView('c1')];
    for (const event of conversation.log) shown.push(fold(shown.at(-1)!, event) as SessionView);
    const turns = shown.slice(-4).map(({ turn }) => [turn.retry?.decision ?? null, turn.waiting?.place ?? null]);
    expect(turns).to.deep.equal([
      ['retry', null],
      [null, 3],
      [null, 1],
      [null, null],
    ]);
    const view = shown.at(-1)!;
    const told = { turn_id: 't1', call_id: 'c', message_id: 'd1', usage: { request_tokens: 7 } as Usage };
    const after = fold(view, { type: 'usage.recorded', data: told, v: 1, seq: view.seq + 1, at: '' }) as SessionView;
    expect(after.usage?.request_tokens).to.equal(7);
  });

  it('notes where another model takes the conversation on', () => {
    const view = emptyView('c1');
    const data = { provider: 'other', model: 'other-large', auth_type: null, credential_id: null };
    const after = fold(view, { type: 'config.changed', data, v: 1, seq: 1, at: '' }) as SessionView;
    expect(after.notices.map(({ code, text }) => [code, text])).to.deep.equal([
      ['config.changed', 'From here on: other / other-large'],
    ]);
  });

  it('asks again for a hole in the events or in the text, and lets the past rest', () => {
    const conversation = new ModelConversation();
    for (const act of ['send', 'text', 'retry', 'text'] as const) conversation.act(act);
    const view = viewOfLog(conversation);
    const last = conversation.deltas.at(-1)!;
    expect(fold(view, { ...conversation.log[0]!, seq: view.seq + 2 })).to.equal('rejoin');
    expect(foldDelta(view, { ...last, offset: last.offset + 10 })).to.equal('rejoin');
    expect(foldDelta(view, last)).to.equal(view);
    expect(foldDelta(view, conversation.deltas[0]!)).to.equal(view);
  });
});

function follow(options: { pageSize?: number } = {}) {
  const server = new ModelServer(new ModelConversation());
  const socket = new MaestroSocket({ connect: server.connect, times: { reconnectMin: 0, reconnectMax: 0 } });
  const times = { rejoin: 0, reload: 0 };
  const store = new SessionStore({ rest: server.rest, socket, session_id: 's1', pageSize: 1_000, times, ...options });
  socket.open();
  return { server, socket, store };
}

/** A hole shows with the next frame, so one more event and one more chunk are told, over and over until all is there. */
async function settled(store: SessionStore, { conversation }: ModelServer): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    await pause();
    const { draft, seq } = store.view;
    const told = conversation.draft?.parts.at(-1)?.text ?? '';
    if (store.state === 'ready' && seq === conversation.log.length && (draft?.parts.at(-1)?.text ?? '') === told)
      return;
    if (round % 10 === 0) conversation.act('notice');
    if (round % 10 === 5 && conversation.draft) conversation.act('text');
  }
  throw new Error(
    `not settled: ${JSON.stringify({ at: store.view.seq, of: conversation.log.length, draft: store.view.draft })}`,
  );
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

function viewOfLog(conversation: ModelConversation): SessionView {
  const events = conversation.log.reduce((view, event) => fold(view, event) as SessionView, emptyView('c1'));
  return conversation.draftDeltas().reduce((view, delta) => foldDelta(view, delta) as SessionView, events);
}

/** What must agree. A snapshot knows no more of a turn that is over than that it is, and no notices. */
function essence({ messages, draft, queue, session, results, tools, turn, seq }: SessionView) {
  const isLive = turn.state === 'running' || turn.state === 'queued';
  const live = isLive ? turn : null;
  const named = draft && { message_id: draft.message_id, parts: draft.parts };
  return { seq, messages, draft: named, queue, status: session?.status ?? 'idle', results, tools, live };
}
