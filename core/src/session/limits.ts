/** Every bound the engine puts on a turn, in one place. Times in milliseconds, sizes in bytes. */
export interface SessionLimits {
  /** Tool calls of one turn before a person is asked whether it may go on. */
  toolCallsPerTurn: number;
  /** The same call in one turn: at this one a person is asked. */
  sameCallsPerTurn: number;
  /** Tool calls in one reply; more are taken for a broken reply. */
  toolCallsPerMessage: number;
  /** Pieces of text, thinking and calls in one reply; more are taken for a broken reply. */
  partsPerMessage: number;
  /** Characters of one reply, in text and thinking together; more are taken for a broken reply. */
  textLength: number;
  /** JSON text of the arguments of one call. */
  argumentBytes: number;
  /** Levels of nesting in arguments. */
  argumentDepth: number;
  /** What a model reads of one tool result. */
  outputBytes: number;
  /** What a model reads of one text file that a person attached. */
  attachedTextBytes: number;
  /** Schemas of all tools in one request; where there is more, some must be searched for. */
  schemaBytes: number;
  /** Raw answer of one provider call that is kept. */
  responseBytes: number;
  /** Attempts to get one reply, failed or cut, after which a restart does not begin another but fails the turn. */
  callAttempts: number;
  /** How deep agents may call agents. */
  subAgentDepth: number;
  /** Agents called in one reply. */
  subAgentsPerMessage: number;
  /** Starts of one tool that is safe to run again. */
  toolAttempts: number;
  /** Starts of the server that find a conversation live and bring it no further before it is parked. */
  liveStarts: number;
  /** How long a tool may take to stop after it was told to. */
  toolStopMs: number;
  /** How long a provider may take to let go of a finished exchange. */
  callCloseMs: number;
  /** A draft is saved after this time or this much text, whichever comes first. */
  draftMs: number;
  draftBytes: number;
  /** How long a commit is tried again while the database does not answer. */
  commitMs: number;
  /** How often conversations without an owner are looked for. */
  sweepMs: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const SESSION_LIMITS: Readonly<SessionLimits> = {
  toolCallsPerTurn: 100,
  sameCallsPerTurn: 5,
  toolCallsPerMessage: 128,
  partsPerMessage: 4_096,
  // Some two million tokens. A text is in memory several times while it is stored and sent.
  textLength: 8 * MiB,
  argumentBytes: 8 * MiB,
  argumentDepth: 64,
  outputBytes: 256 * KiB,
  attachedTextBytes: 256 * KiB,
  // About 20,000 tokens: a tenth of a common window.
  schemaBytes: 80 * KiB,
  responseBytes: 64 * MiB,
  callAttempts: 3,
  subAgentDepth: 5,
  subAgentsPerMessage: 16,
  toolAttempts: 2,
  liveStarts: 3,
  // A tool gets 5 s to end its children; then it is given up.
  toolStopMs: 6_000,
  callCloseMs: 1_000,
  draftMs: 500,
  draftBytes: 4 * KiB,
  commitMs: 30_000,
  sweepMs: 2_000,
};
