import type { WireProfile } from '@maestro/core';

type Headers = WireProfile['headers'];

/**
 * The six headers of the requirements document (1.5), to the letter: names, casing, order, values. A project, which the
 * document does not know, has its place there once a user sets one.
 */
export const prdHead: Headers = [
  ['Authorization', 'Bearer {api_key}'],
  ['OpenAI-Organization', '{organization}'],
  ['OpenAI-Project', '{project}'],
  ['OpenAI-Beta', 'assistants v2'],
  ['User-Agent', 'llxprt/1.0'],
  ['Accept', 'application/json'],
  ['X-Client-Version', '1.0.0'],
];

/** What the runtime of llxprt 0.11 puts behind the application's own headers. */
const bunTail = (own: { agent: boolean; accept: boolean }): Headers => [
  ['Connection', 'keep-alive'],
  ...(own.agent ? [] : [['User-Agent', 'Bun/1.3.14'] as const]),
  ...(own.accept ? [] : [['Accept', '*/*'] as const]),
  ['Host', '{host}'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Content-Length', '{content_length}'],
];

/** With nothing but its own headers, and those of the runtime. */
export const bunHead = (own: Headers): Headers => {
  const has = (name: string) => own.some(([each]) => each === name);
  return [...own, ...bunTail({ agent: has('User-Agent'), accept: has('Accept') })];
};

const organization: Headers = [
  ['OpenAI-Organization', '{organization}'],
  ['OpenAI-Project', '{project}'],
];

export const llxprtChatHead: Headers = bunHead([
  ['Accept', 'application/json'],
  ['Authorization', 'Bearer {api_key}'],
  ['Content-Type', 'application/json'],
  ...organization,
  ['User-Agent', 'OpenAI/JS 5.23.2'],
  ['X-Stainless-Arch', '{arch}'],
  ['X-Stainless-Lang', 'js'],
  ['X-Stainless-OS', '{os}'],
  ['X-Stainless-Package-Version', '5.23.2'],
  ['X-Stainless-Retry-Count', '0'],
  ['X-Stainless-Runtime', 'node'],
  ['X-Stainless-Runtime-Version', '{runtime_version}'],
]);

/** The reference sends no organization over this API; a user who set one must not pay with another. */
export const llxprtResponsesHead: Headers = bunHead([
  ['Authorization', 'Bearer {api_key}'],
  ['Content-Type', 'application/json; charset=utf-8'],
  ...organization,
]);

export const vercelChatHead: Headers = bunHead([
  ['Authorization', 'Bearer {api_key}'],
  ['Content-Type', 'application/json'],
  ...organization,
  ['User-Agent', 'ai-sdk/openai/2.0.109 ai-sdk/provider-utils/3.0.27 runtime/bun/1.3.14'],
]);

/** llxprt 0.9 runs on Node, whose own client writes these first and last. */
const nodeFetch = (own: Headers, rest: Headers): Headers => [
  ['host', '{host}'],
  ['connection', 'keep-alive'],
  ...own,
  ...rest,
  ['accept-encoding', 'br, gzip, deflate'],
  ['content-length', '{content_length}'],
];

export const llxprt09ChatHead: Headers = nodeFetch(
  [
    ['Accept', 'application/json'],
    ['User-Agent', 'OpenAI/JS 5.23.2'],
    ['X-Stainless-Retry-Count', '0'],
    ['X-Stainless-Lang', 'js'],
    ['X-Stainless-Package-Version', '5.23.2'],
    ['X-Stainless-OS', '{os}'],
    ['X-Stainless-Arch', '{arch}'],
    ['X-Stainless-Runtime', 'node'],
    ['X-Stainless-Runtime-Version', '{runtime_version}'],
    ...organization,
    ['authorization', 'Bearer {api_key}'],
    ['content-type', 'application/json'],
  ],
  [
    ['accept-language', '*'],
    ['sec-fetch-mode', 'cors'],
  ],
);

export const llxprt09ResponsesHead: Headers = nodeFetch(
  [['Authorization', 'Bearer {api_key}'], ['Content-Type', 'application/json; charset=utf-8'], ...organization],
  [
    ['accept', '*/*'],
    ['accept-language', '*'],
    ['sec-fetch-mode', 'cors'],
    ['user-agent', 'node'],
  ],
);
