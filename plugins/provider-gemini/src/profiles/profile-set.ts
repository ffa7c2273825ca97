import type { BodyShape, WireProfile } from '@maestro/core';

/** How a reference application writes what stands inside a body. */
export interface Dialect {
  /** Of an element of `contents`. */
  readonly contentKeys: readonly ('parts' | 'role')[];
  readonly callKeys: readonly ('id' | 'args' | 'name')[];
  readonly responseKeys: readonly ('id' | 'name' | 'response')[];
  /** What a result is called inside `response`. */
  readonly result: 'output' | 'status';
  /** JSON Schema as it is, or the API's older subset of OpenAPI with its types in capitals. */
  readonly schema: 'parametersJsonSchema' | 'parameters';
  /** Where the system prompt goes: its own field, or the first words of the user. */
  readonly system: 'instruction' | 'first';
  /** Sent with every request that generates. */
  readonly generation: Readonly<Record<string, number>>;
  /** Whether thinking is asked for although nobody said how hard. */
  readonly asksToThink: boolean;
}

interface ReferenceSet {
  /** As it stands in `wireProfile` of the configuration. */
  readonly name: string;
  readonly reference: { readonly app: string; readonly version: string };
  readonly dialect: Dialect;
}

/** Requests that carry an API key. */
export interface KeySet extends ReferenceSet {
  readonly stream: WireProfile;
  /** The same without a stream. */
  readonly generate: WireProfile;
  readonly countTokens: WireProfile;
}

/** Requests to Code Assist, which carry an OAuth token. */
export interface CodeAssistSet extends ReferenceSet {
  readonly stream: WireProfile;
  readonly generate: WireProfile;
  readonly countTokens: WireProfile;
  readonly loadCodeAssist: WireProfile;
  readonly onboardUser: WireProfile;
  readonly getOperation: WireProfile;
  readonly retrieveUserQuota: WireProfile;
  readonly listExperiments: WireProfile;
  /** What stands in `user_prompt_id`. */
  promptId(conversationId: string, turnId: string): string;
  /** Whether the body names the session. */
  readonly sendsSession: boolean;
}

export type Headers = WireProfile['headers'];

const json = (...keys: string[]): BodyShape => ({ encoding: 'json', keys });

/** The bodies of Code Assist, the same for every reference. */
export const codeAssistBodies = {
  generate: json('model', 'project', 'user_prompt_id', 'request'),
  countTokens: json('request'),
  loadCodeAssist: json('cloudaicompanionProject', 'metadata'),
  onboardUser: json('tierId', 'cloudaicompanionProject', 'metadata'),
  retrieveUserQuota: json('project'),
  listExperiments: json('project', 'metadata'),
};

/** The bodies of the API for keys. */
export const keyBodies = {
  generate: json('contents', 'systemInstruction', 'tools', 'generationConfig'),
  countTokens: json('contents', 'generateContentRequest'),
};

/** The head of a GET: that of a POST without a length. */
export const withoutLength = (headers: Headers): Headers =>
  headers.filter(([name]) => name.toLowerCase() !== 'content-length');
