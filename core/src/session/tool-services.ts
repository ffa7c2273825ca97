import type { ToolDescription } from '../extension/provider.js';
import type {
  Delegation,
  SessionState,
  SideReply,
  SideRequest,
  ToolCallContext,
  ToolOutput,
} from '../extension/tool.js';
import type { ApprovalPolicy, Question, QuestionAnswer } from '../protocol/approvals.js';
import type { CallToRun } from './tool-run.js';
import type { TurnContext } from './turn.js';

/** A call that runs, and where it stands. */
export interface CallInTurn {
  call: CallToRun;
  /** Row id of the call. */
  toolCallId: string;
  /** The message that made it. */
  messageId: string;
  turn: TurnContext;
  signal: AbortSignal;
}

/** What tools may ask of the platform while they run; each is made in a file of its own. */
export interface ToolServices {
  keep: ToolCallContext['keep'];
  state(sessionId: string): SessionState;
  /** @param ord how many questions this call asked before, in this run */
  question(place: CallInTurn, ord: number, question: Question): Promise<QuestionAnswer>;
  ask(place: CallInTurn, request: SideRequest): Promise<SideReply>;
  delegate(place: CallInTurn, work: Delegation): Promise<ToolOutput>;
  findTools(place: CallInTurn, words: string, limit: number): Promise<ToolDescription[]>;
  setApproval(place: CallInTurn, policy: ApprovalPolicy | null): Promise<ApprovalPolicy | null>;
}

/** The context of one run of a tool. */
export function toolContext(
  services: ToolServices,
  place: CallInTurn,
  progress: (text: string) => void,
): ToolCallContext {
  const { call, signal } = place;
  let asked = 0;
  return {
    sessionId: call.sessionId,
    workingDirectory: call.workingDirectory,
    callId: call.id,
    signal,
    progress,
    keep: (bytes, what) => services.keep(bytes, what),
    state: services.state(call.sessionId),
    question: (question) => services.question(place, asked++, question),
    ask: (request) => services.ask(place, request),
    delegate: (work) => services.delegate(place, work),
    findTools: (words, limit) => services.findTools(place, words, limit),
    setApproval: (policy) => services.setApproval(place, policy),
  };
}
