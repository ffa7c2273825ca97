import { expect } from 'chai';
import { JsonReporter, TextReporter } from '../../src/cli/report-turn.js';
import type { CallRetrying, EventBody, SessionEvent } from '../../src/protocol/index.js';

/** What a person reads beside the answer. */
function told(...bodies: EventBody[]): string[] {
  const { stderr, reporter } = listen(TextReporter);
  for (const [index, body] of bodies.entries()) reporter.event(event(body, index + 1));
  return stderr();
}

function event(body: EventBody, seq = 1, at = new Date().toISOString()): SessionEvent {
  return { ...body, v: 1, seq, at };
}

function listen<T>(Reporter: new (streams: never) => T) {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (lines: string[]) => ({ isTTY: false, write: (text: string) => lines.push(text) });
  const reporter = new Reporter({ stdout: stream(out), stderr: stream(err) } as never);
  return { reporter, stdout: () => out, stderr: () => err.map((line) => line.trimEnd()) };
}

function retrying(more: Partial<CallRetrying>): EventBody {
  const error = { code: 'provider.overloaded', message: 'Acme is overloaded' };
  const told = { turn_id: 't', message_id: 'm', attempt: 1, delay_ms: 0, decision: 'retry', error } as const;
  return { type: 'call.retrying', data: { ...told, ...more } };
}

describe('what the command line says while a turn waits', () => {
  it('says the place in the line and whose line it is', () => {
    const data = { turn_id: 't', message_id: 'm', origin: 'https://api.acme.example', place: 2 };
    expect(told({ type: 'call.queued', data })).to.deep.equal([
      'maestro: waiting in line as number 2 for api.acme.example',
    ]);
  });

  it('says why and when it tries again, and never in 0 s', () => {
    const lines = told(
      retrying({ delay_ms: 2_400 }),
      retrying({ delay_ms: 12 }),
      retrying({ delay_ms: 0 }),
      retrying({ decision: 'fallback' }),
      retrying({ decision: 'refresh' }),
    );
    expect(lines).to.deep.equal([
      'maestro: Acme is overloaded; trying again in 3 s',
      'maestro: Acme is overloaded; trying again in 1 s',
      'maestro: Acme is overloaded; trying again now',
      'maestro: Acme is overloaded; trying another way now',
      'maestro: Acme is overloaded; refreshing the sign-in and trying again',
    ]);
  });

  it('names the hour of a long wait, with the day where it is not today', () => {
    const [short, long, days] = told(
      retrying({ decision: 'wait', delay_ms: 30_000 }),
      retrying({ decision: 'wait', delay_ms: 61_000 }),
      retrying({ decision: 'wait', delay_ms: 3 * 86_400_000 }),
    );
    expect(short).to.match(/; trying again in 30 s$/);
    expect(long).to.match(/; waiting until (\d{4}-\d\d-\d\d )?\d\d:\d\d$/);
    expect(days).to.match(/; waiting until \d{4}-\d\d-\d\d \d\d:\d\d$/);
  });

  it('names the model that takes over, once', () => {
    const to = { provider: 'other', model: 'other-large' };
    const lines = told(
      { type: 'notice', data: { level: 'warn', code: 'turn.switched', text: 'other/other-large takes over' } },
      retrying({ decision: 'switch', to }),
    );
    expect(lines).to.deep.equal(['maestro: Acme is overloaded; now other/other-large takes over']);
  });

  it('gives the events themselves with --json', () => {
    const { reporter, stdout, stderr } = listen(JsonReporter);
    const given = event(retrying({ decision: 'wait', delay_ms: 5 }), 7);
    reporter.event(given);
    expect(stdout().map((line) => JSON.parse(line))).to.deep.equal([given]);
    expect(stderr()).to.deep.equal([]);
  });
});
