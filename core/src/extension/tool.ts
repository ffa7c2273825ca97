import type { Static, TSchema } from 'typebox';
import type { ContentPart } from '../protocol/messages.js';

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
  /**
   * Runs with arguments that passed the schema. Give `is_error` for failures the model should
   * read and mend; throw MaestroError for the same with a code. Must stop soon after `call.signal` aborts.
   */
  run(args: Static<P>, call: ToolCallContext): Promise<ToolOutput>;
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
}

/** Keeps the argument type of `run` tied to the schema. */
export const defineTool = <P extends TSchema>(tool: Tool<P>): Tool<P> => tool;
