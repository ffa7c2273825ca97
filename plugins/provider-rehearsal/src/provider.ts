import { setTimeout as delay } from 'node:timers/promises';
import { type Model, type ModelEvent, type ModelRequest, type Provider, ProviderError } from '@maestro/core';
import { guide } from './guide.js';
import { type Line, play } from './line.js';
import { loadScript, released, scriptNames } from './script.js';

export interface RehearsalConfig {
  pauseMs: number;
  scripts: string;
}

const guided = 'rehearsal-1';
const scriptPrefix = 'script-';

/** A provider without key or network: a guided first conversation, and scripts for demonstrations and tests. */
export class RehearsalProvider implements Provider {
  readonly id = 'rehearsal';
  readonly label = 'Rehearsal (no model)';
  readonly auth: readonly string[] = [];

  constructor(
    private readonly config: RehearsalConfig,
    private readonly unloaded: AbortSignal,
  ) {}

  async models(): Promise<Model[]> {
    const names = this.config.scripts ? await scriptNames(this.config.scripts) : [];
    const scripts = names.map((name) => ({ id: scriptPrefix + name, label: `Script: ${name}`, contextTokens: null }));
    return [{ id: guided, label: 'Guided first conversation', contextTokens: null }, ...scripts];
  }

  async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
    const signal = AbortSignal.any([request.signal, this.unloaded]);
    const { lines, pauseMs } = await this.#reply(request);
    const replies = request.messages.filter((message) => message.role === 'assistant').length;
    yield* play(lines, {
      pauseMs,
      signal,
      held: (name) => released(this.config.scripts, name, signal),
      wait: (ms) => delay(ms, undefined, { signal }),
      callId: (index) => `rehearsal_${replies + 1}_${index + 1}`,
    });
  }

  async #reply(request: ModelRequest): Promise<{ lines: readonly Line[]; pauseMs: number }> {
    const { pauseMs, scripts } = this.config;
    if (request.model === guided) {
      const tools = new Set(request.tools.map((tool) => tool.name));
      return { lines: guide(request.messages, { tools, workingDirectory: request.workingDirectory }), pauseMs };
    }
    if (!request.model.startsWith(scriptPrefix) || !scripts) {
      throw new ProviderError(
        'not_found',
        `The rehearsal has no model "${request.model}"; it has "${guided}" and the scripts of its settings.`,
      );
    }
    const script = await loadScript(scripts, request.model.slice(scriptPrefix.length));
    const index = request.messages.filter((message) => message.role === 'assistant').length;
    return { lines: script.replies[index] ?? [{ say: 'The script has ended.' }], pauseMs: script.pauseMs ?? pauseMs };
  }
}
