import { type ModelEvent, ProviderError } from '@maestro/core';
import { type Static, Type } from 'typebox';

const kinds = [
  'auth',
  'rate_limit',
  'quota',
  'overloaded',
  'too_long',
  'network',
  'interrupted',
  'timeout',
  'bad_request',
  'refused',
] as const;

/** One thing a scripted reply does. */
export const Line = Type.Union([
  Type.Object({ say: Type.String() }, { additionalProperties: false }),
  Type.Object({ think: Type.String() }, { additionalProperties: false }),
  Type.Object(
    { call: Type.String(), args: Type.Record(Type.String(), Type.Unknown()) },
    { additionalProperties: false },
  ),
  /** Milliseconds to wait. */
  Type.Object({ wait: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
  /** Waits until a file of this name stands beside the script. */
  Type.Object({ hold: Type.String({ pattern: '^[\\w.-]+$' }) }, { additionalProperties: false }),
  Type.Object(
    {
      fail: Type.Union(kinds.map((kind) => Type.Literal(kind))),
      message: Type.Optional(Type.String()),
      retryAfterMs: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { usage: Type.Object({ requestTokens: Type.Integer(), responseTokens: Type.Integer() }) },
    { additionalProperties: false },
  ),
]);
export type Line = Static<typeof Line>;

export interface Stage {
  pauseMs: number;
  signal: AbortSignal;
  /** Resolves when the named hold is released. */
  held(name: string): Promise<void>;
  wait(ms: number): Promise<void>;
  /** Names the next call: unique in its conversation, the same when the reply is played again. */
  callId(index: number): string;
}

/** Plays a reply as a model would stream it: word by word, parts in order, ended by `done`. */
export async function* play(lines: readonly Line[], stage: Stage): AsyncGenerator<ModelEvent> {
  let calls = 0;
  for (const line of lines) {
    stage.signal.throwIfAborted();
    if ('say' in line) yield* words({ type: 'start', part: 'text' }, line.say, stage);
    else if ('think' in line) yield* words({ type: 'start', part: 'thinking' }, line.think, stage);
    else if ('call' in line) {
      yield { type: 'start', part: 'tool_call', id: stage.callId(calls), name: line.call };
      yield { type: 'delta', text: JSON.stringify(line.args) };
      calls += 1;
    } else if ('wait' in line) await stage.wait(line.wait);
    else if ('hold' in line) await stage.held(line.hold);
    else if ('usage' in line) yield { type: 'usage', usage: line.usage };
    else {
      const options = line.retryAfterMs === undefined ? {} : { retryAfterMs: line.retryAfterMs };
      throw new ProviderError(
        line.fail,
        line.message ?? `The script asked for a failure of kind ${line.fail}.`,
        options,
      );
    }
  }
  yield { type: 'done', reason: calls > 0 ? 'tools' : 'stop' };
}

async function* words(start: ModelEvent, text: string, stage: Stage): AsyncGenerator<ModelEvent> {
  yield start;
  for (const word of text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
    if (stage.pauseMs > 0) await stage.wait(stage.pauseMs);
    stage.signal.throwIfAborted();
    yield { type: 'delta', text: word };
  }
}
