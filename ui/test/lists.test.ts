import type { Message, Notice, Session, SessionStatus } from '@maestro/core/protocol';
import { expect } from 'chai';
import { routeOf } from '../src/state/route.js';
import { CardOrder } from '../src/text/card-order.js';
import { entriesOf } from '../src/text/entries.js';

function session(session_id: string, status: SessionStatus, minute: number): Session {
  const last_activity_at = new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
  return { session_id, status, last_activity_at } as Session;
}

function message(pos: number, role: Message['role'], turn_id: string, minute: number): Message {
  const created_at = new Date(2026, 0, 1, 12, minute).toISOString();
  return { id: `m${pos}`, pos, role, turn_id, model: 'm', created_at, parts: [] } as unknown as Message;
}

describe('the order of the cards', () => {
  const ids = (sessions: readonly Session[]) => sessions.map(({ session_id }) => session_id);

  it('puts who needs a person first, then who works, then who rests; the newest first inside', () => {
    const order = new CardOrder();
    const all = [
      session('idle-old', 'idle', 1),
      session('busy', 'streaming', 2),
      session('idle-new', 'idle', 9),
      session('asks', 'approval', 3),
      session('failed', 'error', 4),
      session('waits', 'queued', 5),
    ];
    expect(ids(order.arrange(all))).to.deep.equal(['failed', 'asks', 'waits', 'busy', 'idle-new', 'idle-old']);
  });

  it('moves a card only when its group changes', () => {
    const order = new CardOrder();
    order.arrange([session('a', 'streaming', 2), session('b', 'thinking', 1)]);
    expect(ids(order.arrange([session('a', 'tool', 2), session('b', 'streaming', 8)]))).to.deep.equal(['a', 'b']);
    expect(ids(order.arrange([session('a', 'tool', 2), session('b', 'error', 9)]))).to.deep.equal(['b', 'a']);
  });
});

describe('the lines of a conversation', () => {
  const notice = {
    seq: 7,
    at: new Date(2026, 0, 1, 12, 2).toISOString(),
    level: 'info',
    code: 'c',
    text: 't',
  } as Notice;

  it('leave results to their calls and put the replies of one turn under one heading', () => {
    const messages = [
      message(1, 'user', 't1', 0),
      message(2, 'assistant', 't1', 1),
      message(3, 'tool', 't1', 1),
      message(4, 'assistant', 't1', 3),
      message(5, 'user', 't2', 4),
    ];
    const lines = entriesOf({ messages, notices: [] });
    const shown = lines.map((line) => (line.kind === 'message' ? [line.message.pos, line.joined] : line.kind));
    expect(shown).to.deep.equal(['day', [1, false], [2, false], [4, true], [5, false]]);
  });

  it('tell the heading of a turn whose usage it sums up', () => {
    const messages = [message(1, 'user', 't1', 0), message(2, 'assistant', 't1', 1), message(4, 'assistant', 't1', 3)];
    const turn = () => {
      const found = entriesOf({ messages, notices: [] }).find(
        (line) => line.kind === 'message' && line.message.pos === 2,
      );
      return found?.kind === 'message' ? found.turn : [];
    };
    expect(turn().map(({ pos }) => pos)).to.deep.equal([2, 4]);
    expect(turn(), 'the same list while nothing changed').to.equal(turn());
  });

  it('put a notice where it happened', () => {
    const messages = [message(1, 'user', 't1', 0), message(2, 'assistant', 't1', 1), message(4, 'assistant', 't1', 3)];
    const lines = entriesOf({
      messages,
      notices: [notice, { ...notice, seq: 9, at: new Date(2026, 0, 1, 13).toISOString() }],
    });
    expect(lines.map(({ kind }) => kind)).to.deep.equal(['day', 'message', 'message', 'notice', 'message', 'notice']);
    expect(lines[4]).to.include({ joined: false });
  });
});

describe('changes of the model in a conversation', () => {
  it('leave one line where several came between two messages', () => {
    const at = (minute: number) => new Date(2026, 0, 1, 12, minute).toISOString();
    const changed = (minute: number): Notice => ({
      seq: minute,
      at: at(minute),
      level: 'info',
      code: 'config.changed',
      text: `${minute}`,
    });
    const messages = [message(1, 'user', 't1', 2), message(2, 'assistant', 't1', 5)];
    const lines = entriesOf({ messages, notices: [changed(3), changed(4), changed(6)] });
    const told = lines.flatMap((line) => (line.kind === 'notice' ? [line.notice.text] : []));
    expect(told).to.deep.equal(['4', '6']);
  });
});

describe('addresses', () => {
  it('name pages', () => {
    expect(routeOf('/')).to.deep.equal({ page: 'dashboard' });
    expect(routeOf('/sessions/a%20b')).to.deep.equal({ page: 'session', id: 'a b' });
    expect(routeOf('/settings/tools/')).to.deep.equal({ page: 'tools' });
    expect(routeOf('/auth')).to.deep.equal({ page: 'credentials' });
    expect(routeOf('/sessions/a/b')).to.deep.include({ page: 'not-found' });
    expect(routeOf('/sessions/%zz')).to.deep.include({ page: 'not-found' });
  });
});
