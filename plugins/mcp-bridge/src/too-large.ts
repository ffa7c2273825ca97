import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { MESSAGE_BYTES } from './line-reader.js';

/** Code of the error that stands for an answer nobody kept. */
export const TOO_LARGE = -32_099;
/** Code of the error that stands for an answer that never came. */
export const BROKEN_OFF = -32_098;

export const tooLarge = (id: number): JSONRPCMessage =>
  instead(id, TOO_LARGE, `the answer is larger than ${MESSAGE_BYTES / 1024 / 1024} MiB and was thrown away`);

export const brokenOff = (id: number): JSONRPCMessage =>
  instead(id, BROKEN_OFF, 'the server ended the answer before its end');

function instead(id: number, code: number, message: string): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
