/** What waits for a person: leave to run a tool, an answer to a question, or a turn that ran into a limit. */

/** `allow`: nothing is asked. `ask`: whatever does more than read is. `plan`: only what reads may run. */
export type ApprovalPolicy = 'allow' | 'ask' | 'plan';

/** One thing to fill in. */
export interface QuestionField {
  name: string;
  label: string;
  hint?: string;
  kind: 'text' | 'longtext' | 'number' | 'boolean' | 'choice' | 'choices';
  /** With `choice` and `choices`. */
  options?: { value: string; label: string; hint?: string }[];
  /** Whether a text outside of `options` may be given. */
  isOpen?: boolean;
  isRequired?: boolean;
  initial?: unknown;
}

export interface Question {
  /** One line. */
  title: string;
  /** Markdown; who asks may be a stranger. */
  text?: string;
  /** Who asks, where that is not the agent: such as the name of an MCP server. */
  from?: string;
  /** Empty: yes or no. */
  fields: QuestionField[];
}

/** `declined`: the person said no; `dismissed`: they closed it without a word. */
export type QuestionAnswer =
  | { outcome: 'answered'; values: Record<string, unknown> }
  | { outcome: 'declined'; reason: string | null }
  | { outcome: 'dismissed' };

export interface ApprovalResource {
  id: string;
  kind: 'tool' | 'question' | 'limit';
  /** The session whose agent waits; for a sub-agent not the one the person talks to. */
  session_id: string;
  /** The session at the top, which the person talks to. */
  root_session_id: string;
  agent_name: string;
  turn_id: string;
  /** The provider's id of the call that waits; null with kind `limit`, where the turn as a whole waits. */
  call_id: string | null;
  tool: string | null;
  effects: 'read' | 'write' | 'exec' | 'net' | null;
  title: string;
  /** With kind `tool` the arguments; with kind `limit` what was reached, as `LimitReached`. */
  args: unknown;
  /** What a rule made by `always` would cover, in words. */
  always: { tool: string; pattern: string | null } | null;
  /** With kinds `question` and `limit`. */
  form: Question | null;
  state: 'open' | 'allowed' | 'denied' | 'answered' | 'cancelled';
  answer: unknown;
  created_at: string;
  resolved_at: string | null;
  /** Name of the token of whoever answered. */
  resolved_by: string | null;
}

export interface ApprovalRuleResource {
  id: string;
  /** Null: every session. */
  session_id: string | null;
  /** Name of a tool; `*` stands for any text. */
  tool: string;
  /** Compared with what the call is about, such as the command; `*` stands for any text. Null: any. */
  pattern: string | null;
  decision: 'allow' | 'ask' | 'deny';
  /** `always`: made by answering a request so. */
  source: 'user' | 'always';
  created_at: string;
}
