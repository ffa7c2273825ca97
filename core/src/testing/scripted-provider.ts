import { ProviderError } from '../errors.js';
import type {
  Model,
  ModelEvent,
  ModelRequest,
  PreparedRequest,
  Provider,
  StopReason,
  TokenUsage,
} from '../extension/provider.js';

/** One thing a scripted reply does. */
export type Play =
  | ModelEvent
  /** Waits here until `release(name)`, or until the request is aborted. */
  | { type: 'hold'; name: string }
  /** Ends the reply with this error. */
  | { type: 'fail'; error: Error }
  /** Ends the reply without its end mark, as a broken connection does. */
  | { type: 'cut' };

/** A reply: what it plays, in order. It ends with `done` by itself unless it ends in another way. */
export type Reply = readonly (Play | readonly Play[])[];

export interface ScriptedOptions {
  id?: string;
  auth?: readonly string[];
  /** Whether its models search the web. */
  searchesWeb?: boolean;
  /** Gives a provider with a wire: sends this first, and reads the answer before it plays. */
  prepare?: (request: ModelRequest) => PreparedRequest;
}

/** Text, in as many pieces as given. */
export function say(...pieces: string[]): Play[] {
  return [{ type: 'start', part: 'text' }, ...pieces.map((text): Play => ({ type: 'delta', text }))];
}

export function think(text: string, signature?: string): Play[] {
  const signed: Play[] = signature === undefined ? [] : [{ type: 'signature', signature }];
  return [{ type: 'start', part: 'thinking' }, { type: 'delta', text }, ...signed];
}

/** A tool call; arguments given as a string go out as they are. */
export function call(name: string, args: unknown, id = `call-${name}`): Play[] {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  return [
    { type: 'start', part: 'tool_call', id, name },
    { type: 'delta', text },
  ];
}

export function usage(requestTokens: number, responseTokens: number): Play {
  const counted: TokenUsage = { requestTokens, responseTokens };
  return { type: 'usage', usage: counted };
}

export function hold(name: string): Play {
  return { type: 'hold', name };
}

export function fail(error: Error): Play {
  return { type: 'fail', error };
}

export function done(reason: StopReason): Play {
  return { type: 'done', reason };
}

export const cut: Play = { type: 'cut' };

/**
 * A provider that plays replies one after another, for tests: of the engine, of tools, of anything that needs a model
 * that does what it is told.
 */
export class ScriptedProvider implements Provider {
  readonly id: string;
  readonly label = 'Scripted';
  readonly auth: readonly string[];
  /** What it was asked, in order. */
  readonly requests: ModelRequest[] = [];
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  readonly #released = new Map<string, PromiseWithResolvers<void>>();
  readonly #left: Reply[];

  /** @param script replies in order, or a function that gives the one for a request */
  constructor(
    private readonly script: readonly Reply[] | ((request: ModelRequest, index: number) => Reply),
    private readonly options: ScriptedOptions = {},
  ) {
    this.id = options.id ?? 'scripted';
    this.auth = options.auth ?? [];
    this.#left = typeof script === 'function' ? [] : [...script];
  }

  async models(): Promise<Model[]> {
    return [{ id: 'scripted-1', label: 'Scripted 1', contextTokens: 100_000 }];
  }

  searchesWeb(): boolean {
    return this.options.searchesWeb ?? false;
  }

  /** Resolves once a reply waits at this point. */
  held(name: string): Promise<void> {
    return gate(this.#held, name).promise;
  }

  /** Lets every reply pass this point, now and later. */
  release(name: string): void {
    gate(this.#released, name).resolve();
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const plays = this.#next(request).flat();
    this.requests.push(request);
    if (this.options.prepare) await this.#exchange(request, this.options.prepare(request));
    for (const play of plays) {
      if (play.type === 'cut') return;
      if (play.type === 'fail') throw play.error;
      if (play.type !== 'hold') yield play;
      else {
        gate(this.#held, play.name).resolve();
        await unlessAborted(gate(this.#released, play.name).promise, request.signal);
      }
    }
    if (plays.at(-1)?.type === 'done') return;
    const calls = plays.some((play) => play.type === 'start' && play.part === 'tool_call');
    yield { type: 'done', reason: calls ? 'tools' : 'stop' };
  }

  #next(request: ModelRequest): Reply {
    if (typeof this.script === 'function') return this.script(request, this.requests.length);
    const reply = this.#left.shift();
    if (reply) return reply;
    throw new ProviderError('bad_request', 'the script has no reply left');
  }

  async #exchange(request: ModelRequest, prepared: PreparedRequest): Promise<void> {
    const response = await request.send(prepared);
    for await (const _ of response.body) request.signal.throwIfAborted();
    if (response.status >= 500) throw new ProviderError('overloaded', `status ${response.status}`);
    if (response.status >= 400) throw new ProviderError('bad_request', `status ${response.status}`);
  }
}

function gate(gates: Map<string, PromiseWithResolvers<void>>, name: string): PromiseWithResolvers<void> {
  const known = gates.get(name) ?? Promise.withResolvers<void>();
  gates.set(name, known);
  return known;
}

function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    wait.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
