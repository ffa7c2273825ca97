import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import type { Tools } from '../extension/registry.js';
import type { Tool, ToolCallContext, ToolOutput } from '../extension/tool.js';
import { type Logger, silentLog } from '../log.js';
import { type ContentPart, type ToolOutcome, text } from '../protocol/messages.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';
import { boundOutput } from './output.js';
import { isInvalid } from './reply.js';
import { type Clock, systemClock, untilAborted } from './wait.js';

/** Which tools are switched off for everybody. */
export interface Switches {
  disabled(): Promise<ReadonlySet<string>>;
}

/** A session's own switches: what is named `false` is off. */
export interface SessionSwitches {
  tools: Readonly<Record<string, boolean>>;
  servers: Readonly<Record<string, boolean>>;
}

/** A call as it is checked and run. */
export interface CallToRun {
  /** The provider's id of the call. */
  id: string;
  name: string;
  args: unknown;
  sessionId: string;
  workingDirectory: string;
  switches: SessionSwitches;
}

/** How a call ended. */
export interface ToolEnd {
  outcome: ToolOutcome;
  is_error: boolean;
  content: ContentPart[];
  duration_ms: number | null;
}

export interface ToolTraits {
  /** It may run while its neighbours do. */
  runsBeside: boolean;
  retry: 'safe' | 'never';
}

/** What the turn needs of tools. */
export interface ToolRuns {
  /** How a tool behaves; an unknown one is taken for the most dangerous kind. */
  traits(name: string): ToolTraits;
  /** Why a call may not run, in words for the model; null when it may. */
  refusal(call: CallToRun): Promise<string | null>;
  /** Runs a call to its end. Never throws and never outlasts an abort for long. */
  run(call: CallToRun, context: ToolCallContext): Promise<ToolEnd>;
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

  traits(name: string): ToolTraits {
    const tool = this.#tools.find(name);
    const runsBeside = tool?.effects === 'read' || tool?.parallel === true;
    return { runsBeside, retry: tool?.retry === 'safe' ? 'safe' : 'never' };
  }

  /** Tools that are loaded and on, by name. */
  async usable(switches: SessionSwitches): Promise<Tool[]> {
    const disabled = await this.#switches.disabled();
    const usable = this.#tools.all().filter((tool) => isOn(tool, switches, disabled));
    return usable.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async refusal({ name, args, switches }: CallToRun): Promise<string | null> {
    const tool = this.#tools.find(name);
    if (!tool) return `There is no tool "${name}". Available: ${await this.#available(switches)}.`;
    if (!isOn(tool, switches, await this.#switches.disabled()))
      return `The tool "${name}" is turned off. Do without it, or ask the user.`;
    if (isInvalid(args)) return 'The arguments are no JSON object (or nested too deeply). Call again with valid JSON.';
    if (Value.Check(tool.parameters, args)) {
      const target = tool.reaches?.(args as never);
      const isOff = target && !isOn(target, switches, await this.#switches.disabled());
      return isOff ? `What this call of "${name}" is for is turned off. Do without it, or ask the user.` : null;
    }
    const faults = Value.Errors(tool.parameters, args).map(({ instancePath, message }) => {
      return `${instancePath || '(arguments)'} ${message}`;
    });
    return `The arguments do not fit the schema of "${name}": ${faults.slice(0, 10).join('; ')}.`;
  }

  async run(call: CallToRun, context: ToolCallContext): Promise<ToolEnd> {
    const started = this.#clock.now();
    const end = await this.#end(call, context);
    const content = boundOutput(end.content, this.#limits.outputBytes);
    return { ...end, content, duration_ms: Math.round(this.#clock.now() - started) };
  }

  async #end(call: CallToRun, context: ToolCallContext): Promise<Ended> {
    const { signal } = context;
    if (signal.aborted) return { outcome: 'cancelled', is_error: true, content: [text('Stopped before it began.')] };
    const work = this.#start(call, context);
    try {
      const output = checked(await untilAborted(work, signal), call.name);
      const isError = output.is_error === true;
      return { outcome: isError ? 'failed' : 'succeeded', is_error: isError, content: output.content };
    } catch (error) {
      if (signal.aborted) return this.#endOfStopped(work, call);
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

  async #available(switches: SessionSwitches): Promise<string> {
    const names = (await this.usable(switches)).map(({ id }) => id);
    const more = names.length - mostNamed;
    return `${names.slice(0, mostNamed).join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
  }

  async #start(call: CallToRun, context: ToolCallContext): Promise<ToolOutput> {
    const tool: Tool = this.#tools.get(call.name);
    return tool.run(call.args, context);
  }
}

/** Names told to a model that called what is not there. */
const mostNamed = 100;

/** In a session's switches: how everything is that is not named, also what is registered later. */
export const ALL_OTHERS = '*';

/** Whether a tool may be used: a name counts before what is said of all others, and nothing is on against a switch of everybody. */
export function isOn(
  tool: Pick<Tool, 'id' | 'group'>,
  { tools, servers }: SessionSwitches,
  disabled: ReadonlySet<string>,
): boolean {
  const { id, group } = tool;
  if (disabled.has(id)) return false;
  if (group && group.kind === 'tool' && (disabled.has(group.name) || tools[group.name] === false)) return false;
  if (group?.kind !== 'server') return (tools[id] ?? tools[ALL_OTHERS]) !== false;
  const server = servers[group.name];
  if (server === false) return false;
  if (tools[id] !== undefined) return tools[id];
  // A list of tools leaves out all servers but those that are listed too.
  return tools[ALL_OTHERS] === false ? server === true : (server ?? servers[ALL_OTHERS]) !== false;
}

type Ended = Omit<ToolEnd, 'duration_ms'>;

const stopped = [text('Stopped before it finished. It may have taken effect, wholly or partly.')];

function checked(output: ToolOutput, name: string): ToolOutput {
  if (Array.isArray(output?.content)) return output;
  throw new MaestroError('tool.output', `the tool "${name}" gave no content; report it to the author of its plugin`);
}
