import type { ResponsesRequest } from './responses-body.js';
import type { Sealing } from './responses-conversation.js';
import type { Used } from './usage.js';

export interface ResponsesContext {
  request: ResponsesRequest;
  /** Of the request; ids begin with it. */
  digest: string;
  used: Used;
  sealing: Sealing;
}

/** When all answers are written, in seconds: the same request gets the same bytes. */
export const OPENAI_EPOCH = 1_795_737_600;
