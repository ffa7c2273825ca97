import type { Metered } from './bill.js';
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

/** `type`: of the body, where frames are no server-sent events. */
export type Answer = ({ status: number; json: unknown } | Streamed) & {
  headers?: Record<string, string>;
  /** What it reports as used; billed once it went out. */
  metered?: Metered;
  /** A refusal that goes out inside a 200. */
  refusal?: { type: string; message: string };
};

interface Streamed {
  status: 200;
  frames: Frame[];
  rate: number | undefined;
  type?: string;
}

/** What was asked for, and what goes out beside an error. */
export interface ErrorContext {
  path: string;
  /** As the header `retry-after` says it. */
  retryAfter?: string | undefined;
  /** Fields of the error beside type and message. */
  details?: Readonly<Record<string, unknown>> | undefined;
}

/** How one provider's API looks. A folder each; the server knows only this. */
export interface WireFormat {
  readonly id: string;
  /** Whether it serves that path; two formats that share one tell each other apart by headers. */
  owns(path: string, request: SimRequest): boolean;
  /** Checks the request as the provider would and answers. @throws Refusal */
  answer(request: SimRequest, reply: (conversation: ConversationRequest) => Reply): Answer;
  /** Headers every answer carries. */
  headers(requestId: string, request: SimRequest): Record<string, string>;
  errorBody(
    type: string | undefined,
    message: string | undefined,
    status: number,
    requestId: string,
    context: ErrorContext,
  ): unknown;
  errorFrame(fault: Extract<Fault, { type: 'error_event' }>, requestId: string): string;
}

/** The provider says no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
