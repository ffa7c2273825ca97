import type { ModelMessage } from '../../src/extension/provider.js';
import { text } from '../../src/protocol/messages.js';
import { Calibration } from '../../src/session/calibration.js';
import { COMPACTION } from '../../src/session/compaction-budget.js';
import { SESSION_LIMITS } from '../../src/session/limits.js';
import { OriginQueue } from '../../src/session/origin-queue.js';
import { RETRY } from '../../src/session/retry.js';
import type { Wire } from '../../src/session/send.js';
import type { ToolEnd, ToolRuns } from '../../src/session/tool-run.js';
import type { ToolServices } from '../../src/session/tool-services.js';
import { type TurnEnd, type TurnInput, type TurnItem, turn } from '../../src/session/turn.js';
import type { Clock } from '../../src/session/wait.js';
import { ScriptedProvider } from '../../src/testing/scripted-provider.js';
import { toolCall } from '../../src/testing/tool-call.js';

/** A clock that stands still; what is waited for is noted and passes at once. */
export class StandingClock implements Clock {
  readonly slept: number[] = [];
  now(): number {
    return 0;
  }
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms);
    signal.throwIfAborted();
  }
}

const nobody = () => Promise.reject(new Error('nobody is there to be asked'));
const noServices: ToolServices = {
  keep: toolCall().keep,
  state: () => toolCall().state,
  question: nobody,
  ask: nobody,
  delegate: nobody,
  findTools: nobody,
  setApproval: nobody,
};

/** A wire that leads nowhere. */
export const noWire: Wire = {
  render: () => {
    throw new Error('nothing may be sent here');
  },
  send: () => Promise.reject(new Error('nothing may be sent here')),
};

export function user(words: string): ModelMessage {
  return { role: 'user', parts: [text(words)], provider: null, model: null };
}

export function worked(words: string): ToolEnd {
  return { outcome: 'succeeded', is_error: false, content: [text(words)], duration_ms: 0 };
}

/** Tools that all answer alike. */
export function always(answer: string, traits: Partial<ReturnType<ToolRuns['traits']>> = {}): ToolRuns {
  return {
    traits: () => ({ runsBeside: false, retry: 'never', ...traits }),
    refusal: async () => null,
    run: async () => worked(answer),
  };
}

export function turnInput(given: Partial<TurnInput> = {}): TurnInput {
  let ids = 0;
  return {
    sessionId: 's',
    conversationId: 'c',
    turnId: 't',
    attempts: 0,
    config: {
      provider: 'scripted',
      model: 'm',
      credential_id: null,
      system_prompt: '',
      working_directory: '/work',
      tools: {},
      effort: null,
      on_limit: null,
    },
    system: 'Be brief.',
    history: [user('Hello?')],
    provider: new ScriptedProvider([]),
    credential: undefined,
    credentials: { refresh: () => Promise.reject(new Error('nothing to refresh')), used: async () => undefined },
    onLimit: 'wait',
    fallback: async () => null,
    another: () => nobody(),
    compaction: {
      settings: COMPACTION,
      sizes: async () => ({ contextTokens: null, outputTokens: null }),
      calibration: new Calibration(),
      estimate: { request: () => 0, response: () => 0 },
      messages: async () => [],
      active: async () => null,
      reminders: async () => [],
    },
    calls: new OriginQueue(8),
    prices: { cost: () => ({ usd: null, source: null }) },
    blob: () => Promise.reject(new Error('there are no images')),
    tools: async () => [],
    run: always('done'),
    guards: { beforeCall: async () => null, beforeTools: async () => null, beside: async () => undefined },
    leave: async ({ call }) => ({ args: call.args, isEdited: false }),
    services: noServices,
    wire: noWire,
    steer: async () => [],
    limits: { ...SESSION_LIMITS, callCloseMs: 20 },
    retry: { ...RETRY, random: () => 0 },
    clock: new StandingClock(),
    newId: () => `id${++ids}`,
    signal: new AbortController().signal,
    ...given,
  };
}

export interface Played {
  items: TurnItem[];
  end: TurnEnd;
}

/** Runs a turn as the engine does; `on` may throw to refuse an item. */
export async function play(
  input: TurnInput,
  on: (item: TurnItem) => void | Promise<void> = () => undefined,
): Promise<Played> {
  const items: TurnItem[] = [];
  const running = turn(input);
  let next = await running.next();
  while (!next.done) {
    items.push(next.value);
    try {
      await on(next.value);
    } catch (error) {
      next = await running.throw(error);
      continue;
    }
    next = await running.next();
  }
  return { items, end: next.value };
}

/** Each step as the names of its events, each delta as its text. */
export function told(items: readonly TurnItem[]): (string | string[])[] {
  return items.flatMap((item): (string | string[])[] => {
    if (item.kind === 'delta') return item.delta.text === '' ? [] : [item.delta.text];
    return [item.step.events.map((event): string => event.type)];
  });
}

/** The writes of one kind, of all steps. */
export function writesOf(items: readonly TurnItem[], kind: string) {
  return items.flatMap((item) => (item.kind === 'step' ? item.step.writes.filter(({ write }) => write === kind) : []));
}
