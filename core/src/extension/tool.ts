import type { Static, TSchema } from 'typebox';
import type { ApprovalPolicy, Question, QuestionAnswer } from '../protocol/approvals.js';
import type { ContentPart, FilePart, ImagePart, Part } from '../protocol/messages.js';
import type { ModelMessage, StopReason, ToolDescription } from './provider.js';

export type ToolEffect = 'read' | 'write' | 'exec' | 'net';

/** Something a model may call. Registered with `ctx.tools.add`. */
export interface Tool<P extends TSchema = TSchema> {
  /** The name the model uses: `[A-Za-z0-9_-]{1,64}`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: P;
  /** The strongest thing it does; `read` tools of one reply run side by side. */
  readonly effects: ToolEffect;
  /** `safe`: running it again after a crash changes nothing. Everything else is `never`. */
  readonly retry: 'safe' | 'never';
  /** Runs beside its neighbours in a reply although it does more than read. */
  readonly parallel?: boolean;
  /** A switch besides its own: a row of the tools table, or the switch of an MCP server. */
  readonly group?: { readonly kind: 'tool' | 'server'; readonly name: string };
  /** Where the schemas of all tools would fill the window, this one is found by a search first. */
  readonly deferrable?: boolean;
  /** It searches with `call.findTools`: offered only while something is left out. */
  readonly findsTools?: boolean;
  /** What a call goes on to, where its arguments choose that: switches and rules of there count here as well. */
  reaches?(args: Static<P>): Reached | undefined;
  /** What rules of a person are compared with; the arguments as JSON where it says nothing. Of several, each must be allowed. */
  subject?(args: Static<P>): string | readonly string[];
  /** What a call would change, for a person who is asked to allow it. It may read, and changes nothing; it may fail. */
  preview?(args: Static<P>, about: Pick<ToolCallContext, 'workingDirectory' | 'signal'>): Promise<ContentPart[]>;
  /** What the model must still know once what was said before is summed up, such as what is left to do. */
  reminder?(state: SessionState): Promise<string | undefined>;
  /**
   * Runs with arguments that passed the schema. Give `is_error` for failures the model should
   * read and mend; throw MaestroError for the same with a code. Must stop soon after `call.signal` aborts.
   */
  run(args: Static<P>, call: ToolCallContext): Promise<ToolOutput>;
}

/** A tool that another hands a call on to, with the arguments it hands on. */
export interface Reached extends Pick<Tool, 'id' | 'group'> {
  args?: unknown;
}

export interface ToolOutput {
  content: ContentPart[];
  is_error?: boolean;
}

export interface ToolCallContext {
  readonly sessionId: string;
  /** Absolute; relative paths of the model resolve against it. */
  readonly workingDirectory: string;
  readonly callId: string;
  readonly signal: AbortSignal;
  /** Live output for whoever watches; not stored. */
  progress(text: string): void;
  /** Keeps bytes and gives the part that shows them: an image where `mediaType` is one that models read. */
  keep(bytes: Buffer, what: { mediaType: string; name: string }): Promise<ImagePart | FilePart>;
  /** What tools remember of the session; it outlives the process. */
  readonly state: SessionState;
  /**
   * Asks the person and waits for the answer, however long that takes. Asked again in the same order after a restart
   * (with `retry: 'safe'`), it gives the answer that was given.
   */
  question(question: Question): Promise<QuestionAnswer>;
  /** One model call beside the conversation: recorded, counted and paid for like every other. @throws ProviderError */
  ask(request: SideRequest): Promise<SideReply>;
  /** Gives work to an agent in a session of its own, and waits for its last answer. */
  delegate(work: Delegation): Promise<ToolOutput>;
  /** Tools that fit the words, best first; from now on their schemas are offered. */
  findTools(words: string, limit: number): Promise<ToolDescription[]>;
  /** Changes what the session may do without asking; gives what it was. Ask the person first. */
  setApproval(policy: ApprovalPolicy | null): Promise<ApprovalPolicy | null>;
}

/** Values that survive JSON, up to 1 MiB each, by key. Prefix keys with what they belong to. */
export interface SessionState {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
}

export interface SideRequest {
  /** What usage shows it as, such as `web_search`. */
  activity: string;
  system?: string;
  messages: readonly ModelMessage[];
  /** The longest answer in tokens. */
  maxTokens?: number;
  /** The model may search the web. @throws MaestroError `provider.no_search` where its provider does not */
  webSearch?: boolean;
  /** Instead of the session's own; the session's credential is used where the provider is the same. */
  model?: { provider: string; model: string };
}

export interface SideReply {
  parts: readonly Part[];
  /** Pages a web search rests on, each once. */
  sources?: readonly { url: string; title: string }[];
  provider: string;
  model: string;
  reason: StopReason;
}

export interface Delegation {
  agentName: string;
  /** Name of the template it was made from. */
  template: string | null;
  /** The first message it reads. */
  prompt: string;
  systemPrompt: string;
  role?: string | null;
  /** Left out: those of the session that asks. */
  provider?: string;
  model?: string;
  /** The only tools it may use; left out: those of the session that asks. */
  tools?: readonly string[];
  /** The only MCP servers it may use; left out: none where there is a list of tools, else those of the session that asks. */
  mcps?: readonly string[];
  /** Of the tools it may use, only these. */
  narrowedTo?: readonly string[];
}

/** Keeps the argument type of `run` tied to the schema. */
export const defineTool = <P extends TSchema>(tool: Tool<P>): Tool<P> => tool;
