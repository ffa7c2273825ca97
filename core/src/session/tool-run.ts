import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import type { ToolDescription } from '../extension/provider.js';
import type { Tools } from '../extension/registry.js';
import type { Tool, ToolOutput } from '../extension/tool.js';
import { type Logger, silentLog } from '../log.js';
import { type ContentPart, type ToolOutcome, text } from '../protocol/messages.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';
import { boundOutput } from './output.js';
import { isInvalid } from './reply.js';
import { type Clock, systemClock, untilAborted } from './wait.js';

/** Which tools are switched on for everybody. */
export interface Switches {
  isEnabled(name: string): Promise<boolean> | boolean;
}

/** A call as it is checked and run. */
export interface CallToRun {
  /** The provider's id of the call. */
  id: string;
  name: string;
  args: unknown;
  sessionId: string;
  workingDirectory: string;
  /** The session's own switches: a tool named `false` is off. */
  switches: Readonly<Record<string, boolean>>;
}

/** How a call ended. */
export interface ToolEnd {
  outcome: ToolOutcome;
  is_error: boolean;
  content: ContentPart[];
  duration_ms: number | null;
}

/** What the turn needs of tools. */
export interface ToolRuns {
  /** How a tool behaves; an unknown one is taken for the most dangerous kind. */
  traits(name: string): { isRead: boolean; retry: 'safe' | 'never' };
  /** Why a call may not run, in words for the model; null when it may. */
  refusal(call: CallToRun): Promise<string | null>;
  /** Runs a call to its end. Never throws and never outlasts an abort for long. */
  run(call: CallToRun, options: { signal: AbortSignal; progress(text: string): void }): Promise<ToolEnd>;
}

export interface ToolRunnerParts {
  tools: Tools;
  switches: Switches;
  limits?: SessionLimits;
  clock?: Clock;
  log?: Logger;
}

/** Runs tools that plugins registered. They are looked up late, so one may come, change or go at any time. */
export class ToolRunner implements ToolRuns {
  readonly #tools: Tools;
  readonly #switches: Switches;
  readonly #limits: SessionLimits;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor({ tools, switches, limits = SESSION_LIMITS, clock = systemClock, log = silentLog }: ToolRunnerParts) {
    this.#tools = tools;
    this.#switches = switches;
    this.#limits = limits;
    this.#clock = clock;
    this.#log = log;
  }

  traits(name: string): { isRead: boolean; retry: 'safe' | 'never' } {
    const tool = this.#tools.find(name);
    return { isRead: tool?.effects === 'read', retry: tool?.retry === 'safe' ? 'safe' : 'never' };
  }

  /** What a model is told of the tools it may call. */
  async descriptions(switches: Readonly<Record<string, boolean>>): Promise<ToolDescription[]> {
    const described: ToolDescription[] = [];
    for (const { id, description, parameters } of this.#tools.all()) {
      if (await this.#isOn(id, switches)) described.push({ name: id, description, parameters });
    }
    return described.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async refusal({ name, args, switches }: CallToRun): Promise<string | null> {
    const tool = this.#tools.find(name);
    if (!tool) return `There is no tool "${name}". Available: ${await this.#available(switches)}.`;
    if (!(await this.#isOn(name, switches))) return `The tool "${name}" is turned off. Do without it, or ask the user.`;
    if (isInvalid(args)) return 'The arguments are no JSON object (or nested too deeply). Call again with valid JSON.';
    if (Value.Check(tool.parameters, args)) return null;
    const faults = Value.Errors(tool.parameters, args).map(({ instancePath, message }) => {
      return `${instancePath || '(arguments)'} ${message}`;
    });
    return `The arguments do not fit the schema of "${name}": ${faults.slice(0, 10).join('; ')}.`;
  }

  async run(call: CallToRun, options: { signal: AbortSignal; progress(text: string): void }): Promise<ToolEnd> {
    const started = this.#clock.now();
    const end = await this.#end(call, options);
    const content = boundOutput(end.content, this.#limits.outputBytes);
    return { ...end, content, duration_ms: Math.round(this.#clock.now() - started) };
  }

  async #end(call: CallToRun, options: { signal: AbortSignal; progress(text: string): void }): Promise<Ended> {
    if (options.signal.aborted)
      return { outcome: 'cancelled', is_error: true, content: [text('Stopped before it began.')] };
    const work = this.#start(call, options);
    try {
      const output = checked(await untilAborted(work, options.signal), call.name);
      const isError = output.is_error === true;
      return { outcome: isError ? 'failed' : 'succeeded', is_error: isError, content: output.content };
    } catch (error) {
      if (options.signal.aborted) return this.#endOfStopped(work, call);
      this.#log.debug('a tool failed', { tool: call.name, cause: error });
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'failed', is_error: true, content: [text(message || `The tool "${call.name}" failed.`)] };
    }
  }

  /** A tool that was told to stop gets a while to end its children and say what it did; then it is left behind. */
  async #endOfStopped(work: Promise<ToolOutput>, call: CallToRun): Promise<Ended> {
    const settled = new AbortController();
    const output = work.then(
      (value) => value,
      () => undefined,
    );
    const tooLate = this.#clock.sleep(this.#limits.toolStopMs, settled.signal).then(
      () => this.#log.warn('a tool did not stop in time and is left behind', { tool: call.name }),
      () => undefined,
    );
    const said = (await Promise.race([output, tooLate])) as ToolOutput | undefined;
    settled.abort();
    const content = Array.isArray(said?.content) ? said.content : [];
    if (said && content === said.content && said.is_error !== true)
      return { outcome: 'succeeded', is_error: false, content };
    return { outcome: 'cancelled', is_error: true, content: [...content, ...stopped] };
  }

  async #isOn(name: string, switches: Readonly<Record<string, boolean>>): Promise<boolean> {
    return switches[name] !== false && (await this.#switches.isEnabled(name));
  }

  async #available(switches: Readonly<Record<string, boolean>>): Promise<string> {
    return (await this.descriptions(switches)).map(({ name }) => name).join(', ') || 'none';
  }

  async #start(call: CallToRun, options: { signal: AbortSignal; progress(text: string): void }): Promise<ToolOutput> {
    const tool: Tool = this.#tools.get(call.name);
    const { sessionId, workingDirectory, id: callId } = call;
    return tool.run(call.args, { sessionId, workingDirectory, callId, ...options });
  }
}

type Ended = Omit<ToolEnd, 'duration_ms'>;

const stopped = [text('Stopped before it finished. It may have taken effect, wholly or partly.')];

function checked(output: ToolOutput, name: string): ToolOutput {
  if (Array.isArray(output?.content)) return output;
  throw new MaestroError('tool.output', `the tool "${name}" gave no content; report it to the author of its plugin`);
}
