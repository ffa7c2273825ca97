import { expect } from 'chai';
import { SessionsStore, type TopicFrame } from '../../src/client/index.js';
import type { ListedSession, SessionCard } from '../../src/protocol/cards.js';
import { emptyCard } from '../../src/protocol/cards.js';
import type { Session } from '../../src/protocol/resources.js';
import { session } from './model-server.js';

function opened() {
  let tell: (frame: TopicFrame) => void = () => undefined;
  const socket = {
    join: (_topic: string, handlers: { frame: typeof tell }) => {
      tell = handlers.frame;
      return () => undefined;
    },
  };
  const store = new SessionsStore({ rest: {} as never, socket: socket as never }).open();
  const change = (data: object) => tell({ op: 'change', topic: 'sessions', data } as TopicFrame);
  const snapshot = (items: ListedSession[]) =>
    tell({ op: 'snapshot', topic: 'sessions', data: { items, next: null, notes: [] } } as TopicFrame);
  return { store, change, snapshot };
}

describe('the store of all sessions', () => {
  const named = (session_id: string): Session => ({ ...session, session_id });
  const listed = (session_id: string, set: Partial<SessionCard> = {}): ListedSession => ({
    ...named(session_id),
    card: { ...emptyCard(session_id), ...set },
  });

  it('keeps a card while its session changes, and a session while its card does', () => {
    const { store, change, snapshot } = opened();
    snapshot([listed('a', { since: '2026-01-01T00:00:00.000Z' }), listed('b')]);
    const b = store.sessions.find(({ session_id }) => session_id === 'b');
    change({ type: 'session.updated', data: { session: { ...named('a'), title: 'Sums' } } });
    const preview = { kind: 'text', text: 'Done.', detail: null };
    change({ type: 'cards.changed', data: { cards: [{ ...emptyCard('a'), preview }, emptyCard('unknown')] } });
    const a = store.sessions.find(({ session_id }) => session_id === 'a');
    expect(a).to.include({ title: 'Sums' });
    expect(a?.card.preview).to.deep.equal(preview);
    expect(store.sessions.find(({ session_id }) => session_id === 'b')).to.equal(b);
    expect(store.sessions).to.have.length(2);
  });

  it('gives a new session an empty card, and takes it away with the session', () => {
    const { store, change, snapshot } = opened();
    snapshot([]);
    change({ type: 'session.created', data: { session: named('n') } });
    expect(store.sessions[0]?.card).to.deep.equal(emptyCard('n'));
    change({ type: 'session.deleted', data: { session_id: 'n' } });
    expect(store.sessions).to.deep.equal([]);
  });

  it('keeps the newest of what happened', () => {
    const { store, change } = opened();
    for (let id = 1; id <= 30; id += 1) change({ type: 'activity.noted', data: { note: { id } } });
    expect(store.notes).to.have.length(20);
    expect(store.notes[0]).to.include({ id: 30 });
  });
});
