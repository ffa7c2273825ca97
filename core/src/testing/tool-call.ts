import { createHash } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { ToolCallContext } from '../extension/tool.js';
import type { FilePart, ImagePart } from '../protocol/messages.js';

/** What a tool under test kept, told and was told, beside what it is run with. */
export interface TestToolCall extends ToolCallContext {
  /** By SHA-256. */
  readonly kept: Map<string, Buffer>;
  /** Live output so far. */
  readonly told: string[];
  /** What it remembers. */
  readonly memory: Map<string, unknown>;
}

/** The context of one tool call, in memory; what a test needs to be different, it gives. */
export function toolCall(given: Partial<ToolCallContext> = {}): TestToolCall {
  const kept = new Map<string, Buffer>();
  const told: string[] = [];
  const memory = new Map<string, unknown>();
  const nobody = async (): Promise<never> => {
    throw new MaestroError('tool.unavailable', 'this test gives the tool nobody to ask');
  };
  return {
    sessionId: 'suite',
    workingDirectory: process.cwd(),
    callId: 'suite-1',
    signal: new AbortController().signal,
    progress: (text) => told.push(text),
    keep: async (bytes, { mediaType, name }) => {
      const blob = createHash('sha256').update(bytes).digest('hex');
      kept.set(blob, bytes);
      const isImage = /^image\/(png|jpeg|gif|webp)$/.test(mediaType);
      const image: ImagePart = { v: 1, type: 'image', media_type: mediaType, blob };
      const file: FilePart = { v: 1, type: 'file', name, media_type: mediaType, blob };
      return isImage ? image : file;
    },
    state: {
      get: async <T>(key: string) => memory.get(key) as T | undefined,
      set: async (key, value) => void memory.set(key, JSON.parse(JSON.stringify(value ?? null))),
    },
    question: nobody,
    ask: nobody,
    delegate: nobody,
    findTools: nobody,
    setApproval: nobody,
    ...given,
    kept,
    told,
    memory,
  };
}
