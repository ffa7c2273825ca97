import type { Fault } from './faults.js';
import type { ConversationRequest, Reply } from './reply.js';

export interface SimRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  header(name: string): string | undefined;
  body: Buffer;
}

/** A piece of a streamed answer and the points it stands at. */
export interface Frame {
  points: string[];
  text: string;
  /** Waits at its points although nobody armed them. */
  holds?: boolean;
  pauseMs?: number;
}

export type Answer = { status: number; json: unknown } | { status: 200; frames: Frame[]; rate: number | undefined };

/** How one provider's API looks. A folder each; the server knows only this. */
export interface WireFormat {
  readonly id: string;
  /** Whether it serves that path. */
  owns(path: string): boolean;
  /** Checks the request as the provider would and answers. @throws Refusal */
  answer(request: SimRequest, reply: (conversation: ConversationRequest) => Reply): Answer;
  /** Headers every answer carries. */
  headers(requestId: string): Record<string, string>;
  errorBody(type: string | undefined, message: string | undefined, status: number, requestId: string): unknown;
  errorFrame(fault: Extract<Fault, { type: 'error_event' }>, requestId: string): string;
}

/** The provider says no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
