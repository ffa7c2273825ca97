import { mock } from 'node:test';
import type { Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import { paths, routeOf } from '../src/state/route.js';
import { Toasts } from '../src/state/toasts.js';
import { KeyReader } from '../src/text/key-reader.js';
import { findEntries, findSessions, readQuery } from '../src/text/palette.js';
import { filterShortcuts } from '../src/text/shortcuts.js';
import { TypeAhead } from '../src/text/type-ahead.js';

describe('places', () => {
  it('have an address each, and every address leads back to its place', () => {
    const id = 'a/b c';
    expect(routeOf('/')).to.deep.equal({ page: 'dashboard' });
    expect(routeOf('')).to.deep.equal({ page: 'dashboard' });
    for (const page of ['usage', 'tools', 'mcp', 'templates', 'plugins', 'credentials'] as const) {
      expect(routeOf(paths[page])).to.deep.equal({ page });
      expect(routeOf(`${paths[page]}/`)).to.deep.equal({ page });
    }
    expect(routeOf(paths.session(id))).to.deep.equal({ page: 'session', id });
    expect(routeOf(paths.message(id, 'm1'))).to.deep.equal({ page: 'session', id, message_id: 'm1' });
    expect(routeOf(paths.call(id, 'c1'))).to.deep.equal({ page: 'session', id, call_id: 'c1' });
    expect(routeOf(paths.template('t'))).to.deep.equal({ page: 'templates', id: 't' });
    expect(routeOf(paths.plugin('@maestro/x'))).to.deep.equal({ page: 'plugins', name: '@maestro/x' });
    expect(routeOf('/settings/plugins/@maestro/x')).to.deep.equal({ page: 'plugins', name: '@maestro/x' });
  });

  it('that do not exist are not found, whatever stands in the address', () => {
    for (const path of ['/nowhere', '/sessions', '/sessions/a/b', '/sessions/%E0%A4%A', '/settings', '//evil'])
      expect(routeOf(path), path).to.deep.equal({ page: 'not-found', path });
  });
});

describe('keys', () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  const anywhere = { isTyping: false, hasSingleKeys: true };

  it('do what the list of shortcuts says', () => {
    const reader = new KeyReader();
    const read = (key: string, more = {}) => reader.read({ ...plain, key, ...more }, anywhere);
    expect(read('k', { ctrlKey: true })).to.equal('palette');
    expect(read('K', { metaKey: true })).to.equal('palette');
    expect(read('b', { ctrlKey: true })).to.equal('sidebar');
    expect(read('j', { ctrlKey: true })).to.equal('panel');
    expect(read('s', { metaKey: true })).to.equal('save');
    expect(read('?', { shiftKey: true })).to.equal('shortcuts');
    expect(read('n')).to.equal('new session');
    expect(read('7')).to.equal('session 7');
    expect(read('.')).to.equal('needing');
    expect(read('O', { shiftKey: true })).to.equal('thoughts');
    expect(read('R', { shiftKey: true })).to.equal('retry');
    expect(read('r')).to.equal('review');
    expect(read('End')).to.equal('live end');
    expect(read('F6', { shiftKey: true })).to.equal('previous region');
    expect(read('q')).to.equal(null);
    expect(read('n', { altKey: true }), 'a key of the browser').to.equal(null);
    expect(read('n', { ctrlKey: true }), 'a key of the browser').to.equal(null);
  });

  it('of a sequence count together within a second, and alone otherwise', () => {
    const reader = new KeyReader();
    const read = (key: string, now: number) => reader.read({ ...plain, key }, anywhere, now);
    expect([read('g', 0), read('d', 900)]).to.deep.equal([null, 'dashboard']);
    expect([read('g', 2000), read('u', 2100)]).to.deep.equal([null, 'usage']);
    expect([read('v', 3000), read('t', 3100)], 't is the theme otherwise').to.deep.equal([null, 'panel tools']);
    expect([read('v', 4000), read('w', 4100)]).to.deep.equal([null, 'panel wire']);
    expect([read('v', 5000), read('t', 6500)]).to.deep.equal([null, 'theme']);
    expect([read('g', 8000), read('x', 8100), read('d', 8200)]).to.deep.equal([null, 'stop', 'deny']);
  });

  it('leave who types alone, but for chords; and single ones can be switched off', () => {
    const reader = new KeyReader();
    const typing = { isTyping: true, hasSingleKeys: true };
    for (const key of ['n', '?', '1', 'End', '.', '/'])
      expect(reader.read({ ...plain, key }, typing), key).to.equal(null);
    expect(reader.read({ ...plain, key: 'k', ctrlKey: true }, typing)).to.equal('palette');
    expect(reader.read({ ...plain, key: 'F6' }, typing)).to.equal('next region');
    const off = { isTyping: false, hasSingleKeys: false };
    for (const key of ['n', '?', '1', '.', 'g', 'd', 'A'])
      expect(reader.read({ ...plain, key }, off), key).to.equal(null);
    expect(reader.read({ ...plain, key: 'k', ctrlKey: true }, off)).to.equal('palette');
    expect(reader.read({ ...plain, key: 'End' }, off)).to.equal('live end');
  });

  it('are found in their list by what they do and by their name', () => {
    const does = (filter: string) =>
      filterShortcuts(filter).flatMap((column) => column.flatMap(({ list }) => list.map((one) => one.does)));
    expect(does('palette')).to.deep.equal(['Command palette']);
    expect(does('f6')).to.deep.equal(['Next region of the page']);
    expect(does('').length).to.be.greaterThan(30);
    expect(does('nothing like it')).to.deep.equal([]);
  });
});

describe('the palette', () => {
  const sessions = [
    { session_id: '1', agent_name: 'Atlas', model: 'fable', working_directory: '/code/forge' },
    { session_id: '2', agent_name: 'Forge', model: 'gpt', working_directory: '/code/tide' },
    { session_id: '3', agent_name: 'Wren', model: 'gpt', working_directory: '/code/tide' },
  ] as Session[];

  it('narrows by the first sign', () => {
    expect(readQuery('for')).to.deep.equal({ narrowing: null, query: 'for' });
    expect(readQuery(' > theme ')).to.deep.equal({ narrowing: 'commands', query: 'theme' });
    expect(readQuery('@src')).to.deep.equal({ narrowing: 'files', query: 'src' });
    expect(readQuery('#')).to.deep.equal({ narrowing: 'sessions', query: '' });
  });

  it('finds by name before it finds by where somebody works', () => {
    expect(findSessions(sessions, 'forge', 9).map(({ item }) => item.agent_name)).to.deep.equal(['Forge', 'Atlas']);
    expect(findSessions(sessions, 'tide', 9)).to.have.lengthOf(2);
    expect(findSessions(sessions, '', 2).map(({ item }) => item.agent_name)).to.deep.equal(['Atlas', 'Forge']);
    expect(findSessions(sessions, 'zzz', 9)).to.deep.equal([]);
  });

  it('marks what was typed in what it finds', () => {
    const [found] = findEntries([{ title: 'New session', words: 'start' }], 'new', 5);
    expect(found?.pieces).to.deep.equal([
      { text: 'New', isMatch: true },
      { text: ' session', isMatch: false },
    ]);
    const [byWord] = findEntries([{ title: 'New session', words: 'start agent' }], 'start', 5);
    expect(byWord?.pieces).to.deep.equal([{ text: 'New session', isMatch: false }]);
  });
});

describe('letters typed in a list', () => {
  const labels = ['Anthropic', 'Gemini', 'OpenAI', 'Other'];

  it('find the entry that begins so; the same letter goes on to the next', () => {
    const letters = new TypeAhead();
    expect(letters.find('o', labels, 0, 0)).to.equal(2);
    expect(letters.find('o', labels, 2, 100)).to.equal(3);
    expect(letters.find('o', labels, 3, 200)).to.equal(2);
    expect(letters.find('g', labels, 2, 2000)).to.equal(1);
    expect(letters.find('x', labels, 1, 4000)).to.equal(-1);
  });

  it('typed one after another spell a name', () => {
    const letters = new TypeAhead();
    expect(letters.find('o', labels, 0, 0)).to.equal(2);
    expect(letters.find('t', labels, 2, 100)).to.equal(3);
  });
});

describe('news at the corner', () => {
  afterEach(() => mock.timers.reset());

  it('goes after six seconds, waits while it is read, and stays where something went wrong', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const toasts = new Toasts();
    const titles = () => toasts.value.map(({ title }) => title);
    toasts.show('ok', 'saved');
    toasts.show('error', 'refused');
    mock.timers.tick(5900);
    expect(titles()).to.deep.equal(['saved', 'refused']);
    toasts.hold(true);
    mock.timers.tick(60_000);
    expect(titles()).to.deep.equal(['saved', 'refused']);
    toasts.hold(false);
    expect(titles()).to.deep.equal(['refused']);
    mock.timers.tick(600_000);
    expect(titles()).to.deep.equal(['refused']);
  });
});
