import {
  emptyCard,
  type ListedSession,
  type SessionStatus,
  type TemplateResource,
  type ToolResource,
} from '@maestro/core/protocol';
import { expect } from 'chai';
import { cardTick, cardTime, isFound, lossOf, unmarked } from '../src/text/card.js';
import { held } from '../src/text/card-order.js';
import { costToday } from '../src/text/cost-today.js';
import { type SessionForm, serverSwitches, sessionBody, toolSwitches, withTemplate } from '../src/text/new-session.js';
import { mcpLines, providerLines, sessionsAtWork } from '../src/text/system.js';

const NOW = Date.UTC(2026, 10, 27, 12, 0, 0);
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

function listed(session_id: string, status: SessionStatus, card: Partial<ListedSession['card']> = {}): ListedSession {
  return {
    session_id,
    status,
    agent_name: 'Atlas',
    role: 'Lead',
    title: null,
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    working_directory: '/srv/tidewater',
    preview: 'Backoff is in.',
    totals: { total_cost_usd: '0.08' },
    last_activity_at: ago(1080),
    card: { ...emptyCard(session_id), ...card },
  } as ListedSession;
}

describe('a card', () => {
  it('tells how long the turn runs or waits, else how long ago something happened', () => {
    expect(cardTime(listed('a', 'streaming', { since: ago(14) }), NOW)).to.equal('0:14');
    const approval = { created_at: ago(171) } as ListedSession['card']['approval'];
    expect(cardTime(listed('a', 'approval', { since: ago(300), approval }), NOW)).to.equal('2:51');
    expect(cardTime(listed('a', 'idle'), NOW)).to.equal('18 min');
    expect(cardTime(listed('a', 'error', { since: null }), NOW)).to.equal('18 min');
  });

  it('is drawn each second while it works, and seldom while it rests', () => {
    const drawings = (session: ListedSession) =>
      new Set(Array.from({ length: 60 }, (_, second) => cardTick(session, NOW + second * 1000))).size;
    expect(drawings(listed('a', 'tool'))).to.equal(60);
    expect(drawings(listed('a', 'idle', { activity: { at: NOW, tokens: [1] } }))).to.equal(12);
    expect(drawings(listed('a', 'idle'))).to.equal(1);
  });

  it('is found by any of its words, in any case', () => {
    const session = listed('a', 'tool', { preview: { kind: 'command', text: 'mix test', detail: null } });
    for (const words of ['atlas', 'LEAD sonnet', 'mix', 'tidewater backoff'])
      expect(isFound(session, words), words).to.equal(true);
    expect(isFound(session, 'atlas migrations')).to.equal(false);
  });

  it('says what goes away with its session', () => {
    expect(lossOf(listed('a', 'streaming')))
      .to.match(/^Atlas is working and is stopped first\./)
      .and.include('queue');
    expect(lossOf(listed('a', 'idle')))
      .to.match(/^Its conversation/)
      .and.include('stays in the usage');
  });

  it('leaves the signs of Markdown out', () => {
    expect(unmarked('- **Attempt** 12 of `retry`')).to.equal('Attempt 12 of retry');
  });
});

describe('cards under a hand', () => {
  const order = (...ids: string[]) => ids.map((id) => listed(id, 'idle'));
  const ids = (sessions: readonly ListedSession[]) => sessions.map(({ session_id }) => session_id).join('');

  it('stay where they are while the others move', () => {
    expect(ids(held(order('c', 'a', 'b', 'd'), ['a', 'b', 'c', 'd'], new Set(['b'])))).to.equal('cbad');
    expect(ids(held(order('d', 'c', 'b', 'a'), ['a', 'b', 'c', 'd'], new Set(['a', 'd'])))).to.equal('acbd');
  });

  it('hold nothing that is new or gone', () => {
    expect(ids(held(order('n', 'a'), ['a', 'b'], new Set(['n', 'b'])))).to.equal('na');
    expect(ids(held(order('a'), ['b', 'c', 'a'], new Set(['a'])))).to.equal('a');
  });
});

describe('a new session', () => {
  const template = {
    id: 't1',
    role: 'Lead engineer',
    system_prompt: 'You lead.',
    tools: ['read_file'],
    mcps: [],
  } as unknown as TemplateResource;
  const blank: SessionForm = {
    template: null,
    name: ' Harbor ',
    role: '',
    provider: 'p',
    model: 'm',
    credential: '',
    directory: '/srv',
    prompt: '',
    tools: {},
    mcps: {},
  };
  const tool = (name: string, is_enabled = true) => ({ name, is_enabled, available: true }) as ToolResource;

  it('is filled by a template, which sends nothing that it says itself', () => {
    const form = withTemplate(blank, template);
    expect(form).to.include({ role: 'Lead engineer', prompt: 'You lead.' });
    expect(sessionBody(form)).to.deep.equal({
      template: 't1',
      agent_name: 'Harbor',
      provider: 'p',
      model: 'm',
      working_directory: '/srv',
    });
    expect(withTemplate(form, null)).to.include({ role: '', prompt: '' });
  });

  it('keeps and sends what was written by hand', () => {
    const form = {
      ...withTemplate(blank, template),
      prompt: 'My own words.',
      credential: 'c1',
      tools: { look: false },
    };
    expect(withTemplate(form, null).prompt).to.equal('My own words.');
    expect(sessionBody(form)).to.include({ system_prompt: 'My own words.', credential_id: 'c1' });
    expect(sessionBody(form).tools).to.deep.equal({ look: false });
    expect(sessionBody(blank).template).to.equal(null);
  });

  it('shows the tools and servers it will have', () => {
    const tools = [tool('read_file'), tool('look'), tool('off', false)];
    const on = (form: SessionForm) => toolSwitches(form, tools).flatMap((one) => (one.on ? one.name : []));
    expect(on(blank)).to.deep.equal(['read_file', 'look']);
    expect(on(withTemplate(blank, template))).to.deep.equal(['read_file']);
    expect(on({ ...blank, tools: { look: false, off: true } })).to.deep.equal(['read_file', 'off']);
    const servers = [{ name: 'postgres', is_enabled: true }] as never;
    expect(serverSwitches(blank, servers)[0]?.on).to.equal(true);
    expect(serverSwitches(withTemplate(blank, template), servers)[0]?.on).to.equal(false);
  });
});

describe('the rail', () => {
  it('adds up what today cost, by provider and by hour', () => {
    const now = new Date(2026, 10, 27, 2, 30);
    const hour = (at: number) => new Date(2026, 10, 27, at).toISOString();
    const used = { request_tokens: 900, response_tokens: 100, unpriced_calls: 0, estimated: false };
    const items = [
      { ...used, hour: hour(0), provider: 'a', total_cost_usd: '0.10' },
      { ...used, hour: hour(2), provider: 'b', total_cost_usd: '1.00' },
      { ...used, hour: hour(2), provider: 'a', total_cost_usd: '0.20', estimated: true },
      { ...used, hour: hour(2), provider: 'c', total_cost_usd: null, unpriced_calls: 2 },
    ];
    const today = costToday(items as never, [{ scope: 'day', limit_usd: '10', warn_at: 0.8 }] as never, now);
    expect(today.total).to.be.closeTo(1.3, 1e-9);
    expect(today).to.include({ tokens: 4000, unpriced: 2, estimated: true, limit: 10, warnAt: 0.8 });
    expect(today.providers.map(({ provider }) => provider)).to.deep.equal(['b', 'a']);
    expect(today.hours.map((usd) => usd.toFixed(2))).to.deep.equal(['0.10', '0.00', '1.20']);
  });

  it('tells who works and who waits', () => {
    expect(sessionsAtWork({ streaming: 3, tool: 2, approval: 1, error: 1, idle: 9 })).to.equal('5 running, 2 waiting');
  });

  it('tells how fast providers answer, or why they do not', () => {
    const providers = [
      { id: 'a', label: 'A', ready: true },
      { id: 'b', label: 'B', ready: true },
      { id: 'c', label: 'C', ready: true },
      { id: 'd', label: 'D', ready: false },
    ];
    const failure = { code: 'provider.rate_limited', message: 'Slow down.' };
    const lines = providerLines(providers, [
      { provider: 'a', calls: 3, latency_ms: 640, failure: null },
      { provider: 'b', calls: 1, latency_ms: null, failure },
    ]);
    expect(lines.map(({ name, tone, text }) => [name, tone, text])).to.deep.equal([
      ['A', 'ok', '640 ms'],
      ['B', 'warn', 'rate limited'],
      ['C', 'ok', 'ready'],
    ]);
  });

  it('tells what MCP servers offer, or why they do not', () => {
    const server = (name: string, state: string, is_enabled = true) => ({
      id: name,
      name,
      is_enabled,
      status: { state, reason: null, tools: 14 },
    });
    const lines = mcpLines([
      server('pg', 'connected'),
      server('x', 'failed'),
      server('y', 'needs_login'),
      server('z', 'off', false),
    ] as never);
    expect(lines.map(({ name, text }) => `${name} ${text}`)).to.deep.equal([
      'pg 14 tools',
      'x failed',
      'y needs sign-in',
    ]);
  });
});
