import { expect } from 'chai';
import { MaestroError, ProviderError } from '../../src/errors.js';
import type { Part } from '../../src/protocol/messages.js';
import { Secret } from '../../src/secret.js';
import { assertWellFormed } from '../../src/session/context.js';
import { OriginQueue } from '../../src/session/origin-queue.js';
import type { ToolRuns } from '../../src/session/tool-run.js';
import { TurnStopped } from '../../src/session/turn.js';
import {
  call,
  cut,
  done,
  fail,
  hold,
  ScriptedProvider,
  say,
  think,
  usage,
} from '../../src/testing/scripted-provider.js';
import { ListWire, until } from './rig.js';
import { always, play, StandingClock, told, turnInput, user, worked, writesOf } from './support.js';

describe('a turn', () => {
  it('is one reply where the model calls nothing', async () => {
    const provider = new ScriptedProvider([[say('Hel', 'lo.'), usage(10, 2)]]);
    const { items, end } = await play(turnInput({ provider }));
    expect(end).to.equal('completed');
    expect(told(items)).to.deep.equal([
      ['turn.started', 'call.started', 'session.updated'],
      ['session.updated'],
      'Hel',
      'lo.',
      ['call.finished', 'message.added', 'turn.completed', 'session.updated'],
    ]);
    const last = items.at(-1);
    expect(last?.kind === 'step' && last.step.writes).to.deep.equal([
      {
        write: 'message.add',
        message: {
          id: 'id1',
          role: 'assistant',
          status: 'complete',
          parts: [{ v: 1, type: 'text', text: 'Hello.' }],
          provider: 'scripted',
          model: 'm',
          turn_id: 't',
          call_id: null,
          latency_ms: 0,
          request_tokens: 10,
          response_tokens: 2,
          cached_tokens: null,
          cache_write_tokens: null,
          reasoning_tokens: null,
          total_cost_usd: null,
          estimated: false,
          raw_request: null,
          raw_response: null,
          client_key: null,
        },
      },
      {
        write: 'turn.set',
        turn_id: 't',
        from: ['queued', 'calling', 'tools'],
        resetAttempts: true,
        state: 'completed',
        stop_reason: 'stop',
      },
      { write: 'draft.drop', message_id: 'id1' },
      {
        write: 'session.set',
        session_id: 's',
        set: {
          preview: 'Hello.',
          addUsage: {
            request_tokens: 10,
            response_tokens: 2,
            cached_tokens: null,
            cache_write_tokens: null,
            reasoning_tokens: null,
            total_cost_usd: null,
            estimated: false,
            call_id: null,
            provider: 'scripted',
            model: 'm',
            activity: 'conversation',
          },
          contextUsed: 12,
          status: 'idle',
        },
      },
    ]);
  });

  it('hands tool results back to the model and goes on', async () => {
    const provider = new ScriptedProvider([[call('weather', { place: 'Berlin' })], [say('7 degrees.')]]);
    const { items } = await play(turnInput({ provider, run: always('7 °C') }));
    expect(told(items)).to.deep.equal([
      ['turn.started', 'call.started', 'session.updated'],
      ['session.updated'],
      '{"place":"Berlin"}',
      ['call.finished', 'message.added', 'session.updated'],
      ['tool.started'],
      ['tool.finished', 'message.added', 'session.updated'],
      ['call.started'],
      ['session.updated'],
      '7 degrees.',
      ['call.finished', 'message.added', 'turn.completed', 'session.updated'],
    ]);
    const [, second] = provider.requests;
    assertWellFormed(second?.messages ?? []);
    expect(second?.messages.map(({ role }) => role)).to.deep.equal(['user', 'assistant', 'tool']);
    expect(second?.messages[2]?.parts[0]).to.deep.include({ call_id: 'call-weather', outcome: 'succeeded' });
  });

  it('counts offsets of running text in UTF-16 units, part by part', async () => {
    const provider = new ScriptedProvider([[think('a🎈', 'sig'), say('b🎈', 'c')]]);
    const { items } = await play(turnInput({ provider }));
    const deltas = items.flatMap((item) => (item.kind === 'delta' ? [item.delta] : []));
    expect(deltas.map(({ part, kind, offset, text }) => [part, kind, offset, text])).to.deep.equal([
      [0, 'thinking', 0, ''],
      [0, 'thinking', 0, 'a🎈'],
      [1, 'text', 0, ''],
      [1, 'text', 0, 'b🎈'],
      [1, 'text', 3, 'c'],
    ]);
  });

  it('names the call with the first of its arguments and with its output', async () => {
    const run: ToolRuns = {
      ...always(''),
      run: async (_, { progress }) => {
        progress('one ');
        progress('two');
        return worked('both');
      },
    };
    const provider = new ScriptedProvider([[say('Look:'), call('list', {})], [say('Done.')]]);
    const { items } = await play(turnInput({ provider, run }));
    const deltas = items.flatMap((item) => (item.kind === 'delta' && item.delta.call_id ? [item.delta] : []));
    expect(deltas.map(({ kind, part, offset, text, name }) => [kind, part, offset, text, name])).to.deep.equal([
      ['tool_args', 1, 0, '', 'list'],
      ['tool_args', 1, 0, '{}', 'list'],
      ['tool_output', 1, 0, 'one ', 'list'],
      ['tool_output', 1, 4, 'two', 'list'],
    ]);
  });

  it('runs readers side by side and everything else in order', async () => {
    const running: string[] = [];
    const seen: string[] = [];
    const run: ToolRuns = {
      traits: (name) => ({ runsBeside: name.startsWith('read'), retry: 'safe' }),
      refusal: async () => null,
      run: async ({ id }) => {
        running.push(id);
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(running.join('+'));
        running.splice(running.indexOf(id), 1);
        return worked(id);
      },
    };
    const calls = ['read-1', 'read-2', 'write-3', 'write-4', 'read-5'].map((id) =>
      call(id.split('-')[0] ?? '', {}, id),
    );
    const provider = new ScriptedProvider([calls, [say('Done.')]]);
    const { items } = await play(turnInput({ provider, run }));
    expect(seen).to.deep.equal(['read-1+read-2', 'read-2', 'write-3', 'write-4', 'read-5']);
    const results = writesOf(items, 'message.add').flatMap((write) => ('message' in write ? [write.message] : []));
    const ids = results[1]?.parts.map((part) => (part.type === 'tool_result' ? part.call_id : ''));
    expect(ids).to.deep.equal(['read-1', 'read-2', 'write-3', 'write-4', 'read-5']);
  });

  it('does not run what is refused, and says why', async () => {
    const ran: string[] = [];
    const run: ToolRuns = {
      ...always(''),
      refusal: async ({ name }) => (name === 'forbidden' ? 'The tool "forbidden" is turned off.' : null),
      run: async ({ name }) => {
        ran.push(name);
        return worked('fine');
      },
    };
    const provider = new ScriptedProvider([[call('forbidden', {}), call('allowed', {})], [say('Done.')]]);
    const { items } = await play(turnInput({ provider, run }));
    expect(ran).to.deep.equal(['allowed']);
    const [first] = writesOf(items, 'tool.set');
    expect(first).to.deep.include({ from: ['proposed'], state: 'failed' });
  });

  it('gives the model its own text back when the arguments are no JSON', async () => {
    const provider = new ScriptedProvider([[call('list', '{"path": ')], [say('Sorry.')]]);
    await play(turnInput({ provider }));
    const part = provider.requests[1]?.messages[1]?.parts[0];
    expect(part?.type === 'tool_call' && part.args).to.deep.equal({ $invalid: '{"path": ' });
  });

  it('does not take a call that was cut for its length for one without arguments', async () => {
    const provider = new ScriptedProvider([
      [{ type: 'start', part: 'tool_call', id: 'c', name: 'list' }, done('length')],
      [say('Sorry.')],
    ]);
    await play(turnInput({ provider }));
    const part = provider.requests[1]?.messages[1]?.parts[0];
    expect(part?.type === 'tool_call' && part.args).to.deep.equal({ $invalid: '' });
  });

  it('ends with a clear failure, and a well-formed history, where a guard says no', async () => {
    const provider = new ScriptedProvider(() => [call('list', {}, `call-${provider.requests.length}`)]);
    const error = { code: 'turn.tool_limit', message: 'too many' };
    const input = turnInput({ provider });
    const beforeTools = async () => (provider.requests.length > 3 ? error : null);
    const { items, end } = await play({ ...input, guards: { ...input.guards, beforeTools } });
    expect(end).to.equal('failed');
    expect(provider.requests).to.have.length(4);
    const states = writesOf(items, 'tool.set').flatMap((write) => ('state' in write ? [write.state] : []));
    expect(states).to.deep.equal([
      ...['started', 'succeeded', 'started', 'succeeded', 'started', 'succeeded'],
      'skipped',
    ]);
    expect(told(items).at(-1)).to.deep.equal(['tool.finished', 'message.added', 'turn.failed', 'session.updated']);
    const last = items.at(-1);
    const failed = last?.kind === 'step' && last.step.events.find(({ type }) => type === 'turn.failed');
    expect(failed).to.have.nested.property('data.error.code', 'turn.tool_limit');
  });

  for (const [what, reply] of [
    ['more than 128 calls', Array.from({ length: 129 }, (_, i) => call('list', {}, `c${i}`))],
    ['two calls under one id', [call('list', {}, 'same'), call('list', {}, 'same')]],
    ['text of a part that never began', [{ type: 'delta', text: 'x' }]],
    ['a signature without thinking', [say('x'), { type: 'signature', signature: 's' }]],
    ['more than 4096 parts', Array.from({ length: 4_097 }, () => say()).flat()],
    ['text that is none', [say('x'), { type: 'delta', text: { of: 'a server' } as never }]],
    ['a call whose id is a number', [{ type: 'start', part: 'tool_call', id: 5 as never, name: 'list' }]],
    ['a stop reason that is none', [say('x'), { type: 'done', reason: Object as never }]],
  ] as const) {
    it(`takes a reply with ${what} for broken and runs nothing`, async () => {
      const { items, end } = await play(turnInput({ provider: new ScriptedProvider([reply]) }));
      expect(end).to.equal('failed');
      expect(writesOf(items, 'tool.add')).to.deep.equal([]);
      const last = items.at(-1);
      const failed = last?.kind === 'step' && last.step.events.find(({ type }) => type === 'turn.failed');
      expect(failed).to.have.nested.property('data.error.code', 'provider.malformed');
    });
  }

  it('reads the arguments of many calls a few times each, not once for every other call', async () => {
    const args = '{"of": "one of many"}';
    const provider = new ScriptedProvider([
      Array.from({ length: 100 }, (_, n) => call('list', args, `c${n}`)),
      [say('x')],
    ]);
    const { parse } = JSON;
    let reads = 0;
    JSON.parse = (text, ...more) => {
      if (text === args) reads += 1;
      return parse(text, ...more);
    };
    const { end } = await play(turnInput({ provider })).finally(() => {
      JSON.parse = parse;
    });
    expect(end).to.equal('completed');
    expect(reads).to.be.within(100, 500);
  });

  it('keeps a reply whose usage is nonsense', async () => {
    const provider = new ScriptedProvider([
      [say('Hello.'), usage(1.5, 1e12)],
      [say('Hello.'), usage(-1, Number.NaN)],
    ]);
    for (const [request_tokens, response_tokens] of [
      [2, 1_000_000_000],
      [0, 0],
    ]) {
      const { items, end } = await play(turnInput({ provider }));
      expect(end).to.equal('completed');
      const [added] = writesOf(items, 'message.add');
      expect(added).to.deep.nested.include({
        'message.request_tokens': request_tokens,
        'message.response_tokens': response_tokens,
      });
    }
  });

  it('fails at arguments without end', async () => {
    const provider = new ScriptedProvider([[call('list', `{"a": "${'x'.repeat(200)}`)]]);
    const input = turnInput({ provider });
    const { end } = await play({ ...input, limits: { ...input.limits, argumentBytes: 100 } });
    expect(end).to.equal('failed');
  });

  it('goes on at the end mark, whatever the provider does with its socket (V5)', async () => {
    const clinging = new ScriptedProvider([]);
    let isCut = false;
    clinging.stream = async function* ({ signal }) {
      signal.addEventListener('abort', () => {
        isCut = true;
      });
      try {
        yield { type: 'done', reason: 'stop' };
      } finally {
        await new Promise(() => undefined);
      }
    };
    const { end } = await play(turnInput({ provider: clinging }));
    expect(end).to.equal('completed');
    await until(() => isCut);
  });

  it('takes no harm from a provider that fails after its end mark', async () => {
    const sloppy = new ScriptedProvider([]);
    sloppy.stream = async function* () {
      try {
        yield { type: 'done', reason: 'stop' };
      } finally {
        await Promise.reject(new Error('too late'));
      }
    };
    expect((await play(turnInput({ provider: sloppy }))).end).to.equal('completed');
  });

  it('leaves out live output that nobody reads fast enough, and still counts it', async () => {
    const run: ToolRuns = {
      ...always(''),
      run: async (_, { progress }) => {
        for (let i = 0; i < 10; i += 1) progress('x'.repeat(100));
        await new Promise((resolve) => setTimeout(resolve, 5));
        progress('end');
        return worked('');
      },
    };
    const provider = new ScriptedProvider([[call('flood', {})], [say('Done.')]]);
    const input = turnInput({ provider, run });
    const { items } = await play({ ...input, limits: { ...input.limits, outputBytes: 250 } });
    const offsets = items.flatMap((item) =>
      item.kind === 'delta' && item.delta.kind === 'tool_output' ? [item.delta.offset] : [],
    );
    expect(offsets).to.deep.equal([0, 100, 200, 1_000]);
  });

  it('tells a notice once, with the next step', async () => {
    const provider = new ScriptedProvider((request, index) => {
      request.notice('wire.fallback', 'A header was left out.');
      return index === 0 ? [call('list', {})] : [say('Done.')];
    });
    const { items } = await play(turnInput({ provider }));
    expect(told(items)[0]).to.deep.equal(['notice', 'turn.started', 'call.started', 'session.updated']);
    expect(
      told(items)
        .flat()
        .filter((type) => type === 'notice'),
    ).to.have.length(1);
  });

  it('refuses to send a history that no provider would take', async () => {
    const provider = new ScriptedProvider([[say('never')]]);
    const orphan: Part = { v: 1, type: 'tool_result', call_id: 'x', name: 'n', ...worked('') };
    const history = [user('Hi'), { role: 'tool' as const, parts: [orphan], provider: null, model: null }];
    const error = await play(turnInput({ provider, history })).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(MaestroError).with.property('code', 'history.broken');
    expect(provider.requests).to.deep.equal([]);
  });
});

describe('V1 a failed provider call', () => {
  const overloaded = new ProviderError('overloaded', 'busy');

  it('is made again with a new message id, and the draft of the old one is discarded', async () => {
    const provider = new ScriptedProvider([[say('Hal'), fail(overloaded)], [say('Hello.')]]);
    const clock = new StandingClock();
    const { items, end } = await play(turnInput({ provider, clock }));
    expect(end).to.equal('completed');
    expect(clock.slept).to.deep.equal([1_000]);
    expect(told(items)).to.deep.include(['call.retrying', 'session.updated']);
    const events = items.flatMap((item) => (item.kind === 'step' ? item.step.events : []));
    const retrying = events.find(({ type }) => type === 'call.retrying');
    expect(retrying).to.deep.equal({
      type: 'call.retrying',
      data: {
        turn_id: 't',
        message_id: 'id1',
        attempt: 1,
        delay_ms: 1_000,
        error: { code: 'provider.overloaded', message: 'busy' },
        decision: 'retry',
      },
    });
    expect(writesOf(items, 'draft.drop')[0]).to.deep.equal({ write: 'draft.drop', message_id: 'id1' });
    const started = events.filter(({ type }) => type === 'call.started').map(({ data }) => data);
    expect(started).to.have.length(2);
    expect(started[1]).to.deep.include({ attempt: 2 }).and.not.deep.include({ message_id: 'id1' });
  });

  it('is given up after four more attempts, keeping what came last for the person', async () => {
    const provider = new ScriptedProvider(() => [say('Hal'), fail(overloaded)]);
    const { items, end } = await play(turnInput({ provider }));
    expect(end).to.equal('failed');
    expect(provider.requests).to.have.length(5);
    const added = writesOf(items, 'message.add');
    expect(added).to.have.length(1);
    expect(added[0]).to.have.nested.property('message.status', 'error');
  });

  it('counts as cut when the stream ends without its end mark, whatever it said', async () => {
    const provider = new ScriptedProvider([[call('danger', {}), cut], [say('Hello.')]]);
    const { items } = await play(turnInput({ provider }));
    expect(writesOf(items, 'tool.add')).to.deep.equal([]);
    const events = items.flatMap((item) => (item.kind === 'step' ? item.step.events : []));
    const retrying = events.find(({ type }) => type === 'call.retrying');
    expect(retrying).to.have.nested.property('data.error.code', 'provider.interrupted');
  });

  it('fails the turn at once when another attempt cannot help', async () => {
    for (const kind of ['auth', 'bad_request', 'not_found', 'too_long', 'quota', 'refused', 'malformed'] as const) {
      const provider = new ScriptedProvider([[fail(new ProviderError(kind, 'no'))]]);
      const { end } = await play(turnInput({ provider }));
      expect(end, kind).to.equal('failed');
      expect(provider.requests, kind).to.have.length(1);
    }
  });

  it('is named as the fault of the provider where it throws something else', async () => {
    const provider = new ScriptedProvider([[fail(new TypeError('x is undefined'))]]);
    const { items } = await play(turnInput({ provider }));
    const last = items.at(-1);
    const failed = last?.kind === 'step' && last.step.events.find(({ type }) => type === 'turn.failed');
    expect(failed).to.have.nested.property('data.error.code', 'provider.broken');
  });

  it('keeps no message when nothing came', async () => {
    const provider = new ScriptedProvider([[fail(new ProviderError('auth', 'no'))]]);
    const { items } = await play(turnInput({ provider }));
    expect(writesOf(items, 'message.add')).to.deep.equal([]);
  });

  it('K1 tells no secret that a provider or its plugin repeated', async () => {
    const secret = new Secret('CANARY_key_4f9a71c2');
    const told = secret.use((value) => `the key ${value} is wrong`);
    for (const error of [new ProviderError('bad_request', told), new Error(told)]) {
      const { items } = await play(turnInput({ provider: new ScriptedProvider([[fail(error)]]) }));
      expect(JSON.stringify(items)).to.contain('the key').and.not.contain('CANARY_key');
    }
  });

  it('that names a time beyond all calendars is told without one', async () => {
    const error = new ProviderError('rate_limit', 'slow down', { retryAfterMs: 1e20 });
    const { end, items } = await play(turnInput({ provider: new ScriptedProvider([[fail(error)]]) }));
    expect(end).to.equal('failed');
    expect(JSON.stringify(items.at(-1))).to.contain('slow down');
  });
});

describe('stopping a turn', () => {
  const cancelled = new TurnStopped('cancelled');

  it('before the first call cancels it', async () => {
    const provider = new ScriptedProvider([[say('never')]]);
    const { items, end } = await play(turnInput({ provider, signal: AbortSignal.abort(cancelled) }));
    expect(end).to.equal('cancelled');
    expect(told(items)).to.deep.equal([['turn.cancelled', 'session.updated']]);
    expect(provider.requests).to.deep.equal([]);
  });

  it('while the model answers keeps what came, marked as interrupted', async () => {
    const provider = new ScriptedProvider([[say('Hal'), hold('here'), say('lo')]]);
    const abort = new AbortController();
    void provider.held('here').then(() => abort.abort(cancelled));
    const { items, end } = await play(turnInput({ provider, signal: abort.signal }));
    expect(end).to.equal('cancelled');
    expect(told(items).at(-1)).to.deep.equal(['call.finished', 'message.added', 'turn.cancelled', 'session.updated']);
    const [added] = writesOf(items, 'message.add');
    expect(added).to.have.nested.property('message.status', 'interrupted');
  });

  it('does not wait for a provider that does not listen', async () => {
    const deaf = new ScriptedProvider([]);
    deaf.stream = async function* () {
      yield { type: 'start', part: 'text' };
      await new Promise(() => undefined);
    };
    const abort = new AbortController();
    const { end } = await play(turnInput({ provider: deaf, signal: abort.signal }), (item) => {
      if (item.kind === 'delta') setImmediate(() => abort.abort(cancelled));
    });
    expect(end).to.equal('cancelled');
  });

  it('while it waits to try again ends the waiting', async () => {
    const provider = new ScriptedProvider([[fail(new ProviderError('network', 'down'))]]);
    const abort = new AbortController();
    const clock = new StandingClock();
    clock.sleep = async (_, signal) => {
      abort.abort(cancelled);
      signal.throwIfAborted();
    };
    const { end } = await play(turnInput({ provider, clock, signal: abort.signal }));
    expect(end).to.equal('cancelled');
    expect(provider.requests).to.have.length(1);
  });

  it('while tools run records what they say and skips the rest, in one step', async () => {
    const abort = new AbortController();
    const run: ToolRuns = {
      ...always(''),
      run: async (_, { signal }) => {
        abort.abort(cancelled);
        expect(signal.aborted).to.equal(true);
        return { outcome: 'cancelled', is_error: true, content: [], duration_ms: 1 };
      },
    };
    const provider = new ScriptedProvider([[call('first', {}), call('second', {})]]);
    const { items, end } = await play(turnInput({ provider, run, signal: abort.signal }));
    expect(end).to.equal('cancelled');
    const last = items.at(-1);
    const writes = last?.kind === 'step' ? last.step.writes : [];
    expect(writes.map((write) => ('state' in write ? write.state : write.write))).to.deep.equal([
      ...['cancelled', 'skipped', 'message.add', 'cancelled', 'session.set'],
    ]);
  });

  it('as the process leaves writes no end: outcomes of tools only', async () => {
    const abort = new AbortController();
    const run: ToolRuns = {
      ...always(''),
      run: async () => {
        abort.abort(new TurnStopped('closing'));
        return { outcome: 'cancelled', is_error: true, content: [], duration_ms: 1 };
      },
    };
    const provider = new ScriptedProvider([[call('first', {}), call('second', {})]]);
    const { items, end } = await play(turnInput({ provider, run, signal: abort.signal }));
    expect(end).to.equal('closing');
    expect(told(items).at(-1)).to.deep.equal(['tool.finished']);
    const closing = AbortSignal.abort(new TurnStopped('closing'));
    const early = await play(turnInput({ provider: new ScriptedProvider([[say('never')]]), signal: closing }));
    expect(early).to.deep.equal({ items: [], end: 'closing' });
  });

  it('leaves no listener behind', async () => {
    const abort = new AbortController();
    const added: string[] = [];
    const removed: string[] = [];
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added.push(args[0]);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      removed.push(args[0]);
      remove(...args);
    };
    const provider = new ScriptedProvider([[call('list', {})], [say('Done.')]]);
    await play(turnInput({ provider, signal }));
    expect(added.length).to.be.greaterThan(0);
    expect(removed.length).to.equal(added.length);
  });
});

describe('a step that is refused', () => {
  const refused = new MaestroError('step.refused', 'gone');

  it('keeps a tool from running', async () => {
    const ran: string[] = [];
    const run: ToolRuns = {
      ...always(''),
      run: async ({ name }) => {
        ran.push(name);
        return worked('');
      },
    };
    const provider = new ScriptedProvider([[call('list', {})]]);
    const error = await play(turnInput({ provider, run }), (item) => {
      if (item.kind === 'step' && item.step.events[0]?.type === 'tool.started') throw refused;
    }).catch((e: unknown) => e);
    expect(error).to.equal(refused);
    expect(ran).to.deep.equal([]);
  });

  it('stops the neighbours of a tool whose outcome cannot be recorded, and waits for them', async () => {
    let stoppedOther = false;
    const run: ToolRuns = {
      traits: () => ({ runsBeside: true, retry: 'safe' }),
      refusal: async () => null,
      run: async ({ id }, { signal }) => {
        if (id === 'quick') return worked('');
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        stoppedOther = true;
        return { outcome: 'cancelled', is_error: true, content: [], duration_ms: 1 };
      },
    };
    const provider = new ScriptedProvider([[call('read', {}, 'slow'), call('read', {}, 'quick')]]);
    const error = await play(turnInput({ provider, run }), (item) => {
      if (item.kind === 'step' && item.step.events.some(({ type }) => type === 'tool.finished')) throw refused;
    }).catch((e: unknown) => e);
    expect(error).to.equal(refused);
    expect(stoppedOther).to.equal(true);
  });

  it('is not mistaken for a failure of the provider', async () => {
    const provider = new ScriptedProvider([[say('Hello.')], [say('again')]]);
    const lost = new MaestroError('fence.lost', 'another owner');
    const error = await play(turnInput({ provider }), (item) => {
      if (item.kind === 'step') throw lost;
    }).catch((e: unknown) => e);
    expect(error).to.equal(lost);
    expect(provider.requests).to.have.length(1);
  });

  it('gives back its place at the server when it comes as its turn does', async () => {
    const origin = 'https://busy.example';
    const calls = new OriginQueue(1);
    const free = { signal: AbortSignal.timeout(1_000), onPlace: () => undefined };
    const leave = await calls.enter(origin, 'other', free);
    const prepare = () => ({
      profile: { id: 'x/none/plain', method: 'POST' as const, path: '/v1', headers: [] },
      origin,
      slots: {},
      body: Buffer.from('{}'),
    });
    const provider = new ScriptedProvider([[say('Hi.')]], { prepare });
    const lost = new MaestroError('fence.lost', 'another owner');
    const error = await play(turnInput({ provider, calls, wire: new ListWire([]) }), (item) => {
      if (item.kind !== 'step' || !item.step.events.some(({ type }) => type === 'call.queued')) return;
      leave();
      throw lost;
    }).catch((e: unknown) => e);
    expect(error).to.equal(lost);
    await calls.enter(origin, 'other', free);
  });

  it('makes it read the waiting messages again when one was edited under its hands', async () => {
    const waiting = (text: string) => [
      {
        id: 'q',
        client_key: 'k',
        ord: 1,
        mode: 'steer' as const,
        text,
        attachments: [],
        created_at: '2026-11-26T00:00:00Z',
      },
    ];
    let text = 'before';
    const provider = new ScriptedProvider([[call('list', {})], [say('Done.')]]);
    let refusals = 0;
    await play(turnInput({ provider, steer: async () => waiting(text) }), (item) => {
      if (item.kind !== 'step') return;
      const take = item.step.writes.find(({ write }) => write === 'queue.take');
      if (!take || !('text' in take) || take.text !== 'before') return;
      refusals += 1;
      text = 'after';
      throw refused;
    });
    expect(refusals).to.equal(1);
    const handed = provider.requests[1]?.messages.at(-1);
    expect(handed).to.deep.include({ role: 'user', parts: [{ v: 1, type: 'text', text: 'after' }] });
  });

  it('hands in what a steering message brings along as it is stored', async () => {
    const image = { v: 1 as const, type: 'image' as const, media_type: 'image/png', blob: 'ab'.repeat(32) };
    const waiting = { id: 'q', client_key: 'k', ord: 1, mode: 'steer' as const, text: 'See', attachments: [image] };
    const provider = new ScriptedProvider([[call('list', {})], [say('Done.')]]);
    const steer = async () => [{ ...waiting, created_at: '2026-11-26T00:00:00Z' }];
    const { items } = await play(turnInput({ provider, steer }));
    const stored = writesOf(items, 'message.add').flatMap((write) =>
      'message' in write && write.message.role === 'user' ? [write.message.parts] : [],
    );
    const handed = provider.requests[1]?.messages.at(-1)?.parts;
    expect([handed]).to.deep.equal(stored);
    expect(handed?.map(({ type }) => type)).to.deep.equal(['image', 'text']);
  });
});
