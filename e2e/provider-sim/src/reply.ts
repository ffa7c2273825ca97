/** What the simulator answers: a list of steps, neutral of any wire format. JSON, so that it also comes over the control API. */
export interface Reply {
  steps: Step[];
  /** Default: `tool_use` with a tool among the steps, else `end_turn`. */
  stop_reason?: string;
  usage?: Partial<Usage>;
  /** Frames a second; without it as fast as the socket takes them. */
  rate?: number;
}

export type Step =
  /** `chunk`: characters per delta, default 12. */
  | { type: 'text'; text: string; chunk?: number }
  /** Signed by the simulator unless a signature is given. */
  | { type: 'thinking'; text: string; signature?: string; chunk?: number }
  | { type: 'redacted_thinking'; data?: string }
  /** `raw`: JSON text as it goes out instead of `input`, for a model that errs. */
  | { type: 'tool'; name: string; input?: unknown; raw?: string; id?: string; chunk?: number }
  /** A web search of the provider's own; every text after it rests on what it found. */
  | { type: 'search'; query: string; pages: FoundPage[] }
  /** Waits here until the name is released. */
  | { type: 'hold'; name: string }
  | { type: 'pause'; ms: number }
  | { type: 'ping' }
  /** An event as it stands, such as one no client knows. */
  | { type: 'event'; name: string; data: unknown };

export interface FoundPage {
  url: string;
  title: string;
}

/** What the searches before a step found. */
export function foundBefore(step: Step, { steps }: Reply): FoundPage[] {
  return steps.slice(0, steps.indexOf(step)).flatMap((each) => (each.type === 'search' ? each.pages : []));
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  /** A part of `output_tokens`; where it is not given, what the thinking of the reply comes to. */
  reasoning_tokens?: number;
  /** Read from results of tools of the provider's own. */
  tool_input_tokens?: number;
}

/** A reply for the next requests it fits. */
export interface Script {
  reply: Reply;
  /** Regular expression on the text of the last user message; without it any. */
  match?: string;
  /** How often it plays, default 1; 0: always. */
  times?: number;
}

export type ScriptFunction = (request: ConversationRequest) => Reply | undefined;

/** A request as scripts see it, whatever its format. */
export interface ConversationRequest {
  model: string;
  /** Text of the last user message that has any. */
  lastUserText: string;
  /** Results after the last reply, in order; empty when a person spoke last. */
  toolResults: { id: string; text: string; isError: boolean }[];
  /** Names of the tools offered, with the names of their parameters. */
  tools: { name: string; parameters: string[] }[];
  /** Whether it lets the model search the web on the provider's side. */
  searchesWeb: boolean;
  /** How many messages the history has. */
  length: number;
  body: Buffer;
}
