import type { BodyShape, WireProfile } from '@maestro/core';

export type Headers = WireProfile['headers'];

/** What the writers of requests differ in besides their heads. */
export interface Dialect {
  /** How long a cache mark asks the server to keep what stands before it; undefined: five minutes. */
  readonly cacheTtl?: '1h';
  /** Whether tools go out sorted by name, and the properties in their schemas likewise. */
  readonly sortsTools: boolean;
  /** Whether content that is one text without a mark is written as that text. */
  readonly writesBareText: boolean;
  /** `first`: the instructions open the conversation, and the field for them holds one line about who calls. */
  readonly system: 'field' | 'first';
  /** Whether tools are listed under the configured prefix; the server's calls carry it, a replayed call does not. */
  readonly prefixesTools: boolean;
  /** What is asked for at most in one reply, where the model could give more. */
  readonly maxTokens: number;
  /** The effort where a session sets none; undefined: nothing is said. */
  readonly effort?: 'high';
}

/** One named form of the requests for one way to sign in. */
export interface MessagesSet {
  readonly name: string;
  /** Undefined for a form that follows no application. */
  readonly reference?: { readonly app: string; readonly version: string };
  readonly dialect: Dialect;
  readonly messages: WireProfile;
}

const messageKeys = ['model', 'messages', 'max_tokens', 'stream', 'system', 'tools', 'thinking', 'output_config'];

export const messagesBody: BodyShape = { encoding: 'json', keys: messageKeys };
const countBody: BodyShape = { encoding: 'json', keys: ['model', 'messages', 'system', 'tools', 'thinking'] };

/** Counting is asked for in the head of a message. */
export const countProfile = ({ messages }: MessagesSet): WireProfile => ({
  ...messages,
  id: messages.id.replace(/messages$/, 'count-tokens'),
  path: '/v1/messages/count_tokens',
  body: countBody,
});

/** So is the list of models, without what belongs to a body or to messages. */
export const listProfile = ({ messages }: MessagesSet, query: string): WireProfile => {
  const isToken = messages.headers.some(([, value]) => value.includes('oauth-'));
  const apart = ['content-type', 'content-length', ...(isToken ? [] : ['anthropic-beta'])];
  return {
    id: messages.id.replace(/messages$/, 'models'),
    method: 'GET',
    path: `/v1/models?${query}`,
    headers: messages.headers.filter(([name]) => !apart.includes(name.toLowerCase())),
  };
};
