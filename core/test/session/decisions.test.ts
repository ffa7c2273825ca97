import { expect } from 'chai';
import { ProviderError, type ProviderErrorKind } from '../../src/errors.js';
import type { Credential } from '../../src/extension/provider.js';
import type { CallRetrying } from '../../src/protocol/events.js';
import { decide } from '../../src/session/decision.js';
import { RETRY } from '../../src/session/retry.js';
import type { ToolRuns } from '../../src/session/tool-run.js';
import type { Asking, TurnInput } from '../../src/session/turn.js';
import { call, fail, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { always, type Played, play, StandingClock, turnInput } from './support.js';

type Options = ConstructorParameters<typeof ProviderError>[2];
const failed = (kind: ProviderErrorKind, options?: Options) => new ProviderError(kind, 'no', options);
const minutes = 60_000;

interface Case {
  what: string;
  error: ProviderError;
  /** Requests that reach the provider when it fails each time. */
  requests: number;
  /** What is decided after the first failure; null: the turn fails. */
  first: CallRetrying['decision'] | null;
  firstDelayMs?: number;
}

const passing = (what: string, error: ProviderError): Case => ({
  what,
  error,
  requests: 5,
  first: 'retry',
  firstDelayMs: 1_000,
});
const final = (what: string, error: ProviderError): Case => ({ what, error, requests: 1, first: null });

const cases: readonly Case[] = [
  passing('429', failed('rate_limit', { status: 429 })),
  passing('500', failed('unavailable', { status: 500 })),
  passing('502', failed('unavailable', { status: 502 })),
  passing('503', failed('unavailable', { status: 503 })),
  passing('504', failed('timeout', { status: 504 })),
  passing('529', failed('overloaded', { status: 529 })),
  passing('a network that is down', failed('network')),
  passing('a server that falls silent', failed('timeout')),
  passing('an error event inside a 200', failed('overloaded', { status: 200 })),
  passing('an answer that ends before its end mark', failed('interrupted')),
  ...([1_000, 20_000, minutes, 5 * minutes] as const).map(
    (retryAfterMs): Case => ({
      what: `429 that names ${retryAfterMs / 1_000} s`,
      error: failed('rate_limit', { status: 429, retryAfterMs }),
      requests: 5,
      first: 'wait',
      firstDelayMs: retryAfterMs,
    }),
  ),
  {
    what: '503 that names no time at all',
    error: failed('unavailable', { status: 503, retryAfterMs: 0 }),
    requests: 5,
    first: 'wait',
    firstDelayMs: 1_000,
  },
  final('429 that names more than five minutes', failed('rate_limit', { status: 429, retryAfterMs: 5 * minutes + 1 })),
  final('529 that names an hour', failed('overloaded', { status: 529, retryAfterMs: 60 * minutes })),
  final('429 of a used-up quota', failed('quota', { status: 429 })),
  final('429 of a used-up quota that names a second', failed('quota', { status: 429, retryAfterMs: 1_000 })),
  final('400', failed('bad_request', { status: 400 })),
  final('401 of a key', failed('auth', { status: 401 })),
  final('403', failed('auth', { status: 403 })),
  final('404', failed('not_found', { status: 404 })),
  final('413', failed('too_long', { status: 413 })),
  final('422', failed('bad_request', { status: 422 })),
  final('a refusal to answer', failed('refused')),
  final('an answer that makes no sense', failed('malformed')),
  final('429 of a client that is not wanted', failed('rate_limit', { status: 429, permanent: true })),
  final('401 of an account that is not wanted', failed('auth', { status: 401, permanent: true })),
  {
    what: '400 after which something else is sent',
    error: failed('bad_request', { status: 400, fallback: true }),
    requests: 5,
    first: 'fallback',
    firstDelayMs: 0,
  },
];

function retryings({ items }: Played): CallRetrying[] {
  const events = items.flatMap((item) => (item.kind === 'step' ? item.step.events : []));
  return events.flatMap((event) => (event.type === 'call.retrying' ? [event.data] : []));
}

function failureOf({ items }: Played) {
  const events = items.flatMap((item) => (item.kind === 'step' ? item.step.events : []));
  return events.flatMap((event) => (event.type === 'turn.failed' ? [event.data.error] : []))[0];
}

describe('V1 what follows a failed call', () => {
  it('is decided by thirty cases at least', () => expect(cases.length).to.be.at.least(30));

  for (const { what, error, requests, first, firstDelayMs } of cases) {
    it(`${what}: ${first ?? 'the turn fails at once'}`, async () => {
      const provider = new ScriptedProvider(() => [fail(error)]);
      const clock = new StandingClock();
      const played = await play(turnInput({ provider, clock }));
      expect(played.end).to.equal('failed');
      expect(provider.requests).to.have.length(requests);
      const told = retryings(played);
      expect(told[0]?.decision ?? null).to.equal(first);
      expect(told[0]?.delay_ms).to.equal(firstDelayMs);
      expect(told.map(({ attempt }) => attempt)).to.deep.equal(told.map((_, index) => index + 1));
      expect(clock.slept).to.deep.equal(told.map(({ delay_ms }) => delay_ms).filter((ms) => ms > 0));
    });
  }

  it('never runs a tool of an earlier reply again', async () => {
    const ran: string[] = [];
    const tools = always('done');
    const run: ToolRuns = {
      ...tools,
      run: (toRun, options) => {
        ran.push(toRun.id);
        return tools.run(toRun, options);
      },
    };
    const busy = fail(failed('overloaded'));
    const provider = new ScriptedProvider([[call('write', {})], [busy], [say('Half'), busy], [say('Done.')]]);
    expect((await play(turnInput({ provider, run }))).end).to.equal('completed');
    expect(ran).to.have.length(1);
  });

  it('says when it is worth trying again, where nobody waits so long', async () => {
    const provider = new ScriptedProvider([[fail(failed('rate_limit', { retryAfterMs: 60 * minutes }))]]);
    const { message } = failureOf(await play(turnInput({ provider }))) ?? {};
    const hour = new Date(Date.now() + 60 * minutes).toISOString().slice(0, 10);
    expect(message).to.match(new RegExp(`^no; it takes requests again at ${hour} \\d\\d:\\d\\d UTC$`));
  });
});

describe('V1 a sign-in that is refused', () => {
  const signIn = (id: string): Credential => ({ id, provider: 'scripted', method: 'x', kind: 'oauth', secrets: {} });
  const refused = failed('auth', { status: 401 });
  const signedIn = (given: Partial<TurnInput>) => turnInput({ credential: signIn('old'), ...given });

  it('is refreshed once, then the call is made again with the fresh one', async () => {
    const provider = new ScriptedProvider([[fail(refused)], [say('Hello.')]]);
    const asked: string[] = [];
    const outcomes: unknown[] = [];
    const credentials = {
      refresh: async ({ id }: Credential) => {
        asked.push(id);
        return signIn('new');
      },
      used: async ({ id }: Credential, outcome: unknown) => void outcomes.push([id, outcome]),
    };
    const played = await play(signedIn({ provider, credentials }));
    expect(played.end).to.equal('completed');
    expect(asked).to.deep.equal(['old']);
    expect(provider.requests.map(({ credential }) => credential?.id)).to.deep.equal(['old', 'new']);
    expect(retryings(played).map(({ decision, delay_ms }) => [decision, delay_ms])).to.deep.equal([['refresh', 0]]);
    expect(outcomes).to.deep.equal([
      ['old', refused],
      ['new', 'ok'],
    ]);
  });

  it('again after that fails the turn', async () => {
    const provider = new ScriptedProvider(() => [fail(refused)]);
    let refreshes = 0;
    const refresh = async () => {
      refreshes += 1;
      return signIn('new');
    };
    const credentials = { refresh, used: async () => undefined };
    const played = await play(signedIn({ provider, credentials }));
    expect([played.end, refreshes, provider.requests.length]).to.deep.equal(['failed', 1, 2]);
    expect(failureOf(played)?.code).to.equal('provider.auth');
  });

  it('fails the turn with the reason where it cannot be refreshed', async () => {
    const provider = new ScriptedProvider([[fail(refused)]]);
    const why = failed('auth', { permanent: true });
    const credentials = { refresh: () => Promise.reject(why), used: () => Promise.reject(new Error('away')) };
    const played = await play(signedIn({ provider, credentials }));
    expect(played.end).to.equal('failed');
    expect(failureOf(played)).to.deep.equal({ code: 'provider.auth', message: 'no' });
  });

  it('of an account that is not wanted is not refreshed', async () => {
    const provider = new ScriptedProvider([[fail(failed('auth', { status: 401, permanent: true }))]]);
    expect((await play(signedIn({ provider }))).end).to.equal('failed');
  });
});

describe('a session that switches at a limit', () => {
  const other = new ScriptedProvider(() => [say('I am another.')], { id: 'other' });
  const taking = async ({ config }: Asking): Promise<Asking> => ({
    provider: other,
    credential: undefined,
    config: { ...config, provider: 'other', model: 'o', left: [{ provider: 'scripted', model: 'm' }] },
  });
  const switching = (error: ProviderError, given: Partial<TurnInput> = {}) =>
    turnInput({
      provider: new ScriptedProvider(() => [fail(error)]),
      onLimit: 'switch',
      fallback: taking,
      ...given,
    });

  for (const [what, error, requests] of [
    ['a used-up quota', failed('quota'), 1],
    ['a time beyond a minute', failed('rate_limit', { retryAfterMs: minutes + 1 }), 1],
    ['a time within a minute that does not help', failed('rate_limit', { retryAfterMs: 2_000 }), 5],
    ['a server that stays overloaded', failed('overloaded'), 5],
    ['a server that stays away', failed('unavailable'), 5],
  ] as const) {
    it(`has another model take over at ${what}, in the step that tells of it`, async () => {
      const input = switching(error);
      const played = await play(input);
      expect(played.end).to.equal('completed');
      expect((input.provider as ScriptedProvider).requests).to.have.length(requests);
      const last = retryings(played).at(-1);
      expect(last).to.deep.include({ decision: 'switch', delay_ms: 0, to: { provider: 'other', model: 'o' } });
      const steps = played.items.flatMap((item) => (item.kind === 'step' ? [item.step] : []));
      const step = steps.find(({ events }) => events.some((event) => 'data' in event && event.data === last));
      expect(step?.events[0]).to.deep.include({ type: 'notice' });
      const write = step?.writes.find((one) => one.write === 'turn.set');
      expect(write).to.have.nested.property('config.model', 'o');
      expect(write).to.have.property('resetAttempts', true);
    });
  }

  for (const kind of ['auth', 'bad_request', 'network', 'too_long', 'malformed'] as const) {
    it(`does not switch for "${kind}", which another would not cure or which says nothing of a limit`, async () => {
      const played = await play(switching(failed(kind)));
      expect(played.end).to.equal('failed');
      expect(retryings(played).some(({ decision }) => decision === 'switch')).to.equal(false);
    });
  }

  it('waits where nobody is left to take over', async () => {
    const clock = new StandingClock();
    const error = failed('rate_limit', { retryAfterMs: 2 * minutes });
    const played = await play(switching(error, { fallback: async () => null, clock }));
    expect(played.end).to.equal('failed');
    expect(clock.slept).to.deep.equal(Array.from({ length: 4 }, () => 2 * minutes));
  });

  it('does as the session says, whatever is set for all', async () => {
    const input = switching(failed('quota'));
    const waits = await play({ ...input, config: { ...input.config, on_limit: 'wait' } });
    expect(waits.end).to.equal('failed');
    const switches = await play({ ...input, onLimit: 'wait', config: { ...input.config, on_limit: 'switch' } });
    expect(switches.end).to.equal('completed');
  });

  it('never switches for a client that is not wanted', () => {
    const standing = { retries: 0, mayRefresh: true, maySwitch: true, mayCompact: true };
    expect(decide(failed('quota', { permanent: true }), standing, RETRY)).to.deep.equal({ does: 'fail' });
  });
});
