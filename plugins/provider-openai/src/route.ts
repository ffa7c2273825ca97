import type { Credential, PreparedRequest } from '@maestro/core';
import { chatBody } from './chat-request.js';
import type { OpenAiConfig } from './config.js';
import type { Fallbacks } from './fallback.js';
import type { BodyRequest, Reader } from './history.js';
import type { Media } from './media.js';
import { account } from './profiles/account.js';
import { CHAT, type ChatForm, RESPONSES, type ResponsesForm } from './profiles/replies.js';
import { responsesBody } from './responses-request.js';
import { accountSlots, apiOf, isOpenAi, keySlots, type Target, targetOf } from './target.js';

/** The way a reply is asked for: which API, in which form, where. */
export type Route = { target: Target } & ({ api: 'chat'; form: ChatForm } | { api: 'responses'; form: ResponsesForm });

/** A ChatGPT account speaks Responses alone. */
export function routeOf(config: OpenAiConfig, credential: Credential, model: string, fallbacks: Fallbacks): Route {
  if (credential.kind === 'oauth') return { api: 'responses', form: account, target: targetOf(config.chatgptUrl) };
  const target = targetOf(config.baseUrl);
  const wanted = config.wireProfile.apiKey;
  const heads = wanted === 'prd' && !fallbacks.takesProfile(target.origin) ? 'llxprt' : wanted;
  // Where headers were refused only they change: what is said of storing answers is none of their business.
  const api = apiOf(config, model);
  if (api === 'responses') return { api, target, form: { ...RESPONSES[wanted], profile: RESPONSES[heads].profile } };
  const form = { ...CHAT[wanted], profile: CHAT[heads].profile };
  return { api, target, form: { ...form, cacheKey: form.cacheKey && isOpenAi(config.baseUrl) } };
}

export interface Asked {
  config: OpenAiConfig;
  credential: Credential;
  request: BodyRequest;
  media: Media;
  provider: string;
  fallbacks: Fallbacks;
}

/** The request as it goes out, to the last byte. */
export function prepareReply(route: Route, asked: Asked): PreparedRequest {
  const { config, credential, request, media, provider, fallbacks } = asked;
  const { target, form } = route;
  const reader: Reader = { provider, model: request.model };
  const without = fallbacks.without(target.origin, request.conversationId);
  const body =
    route.api === 'chat'
      ? chatBody(request, media, route.form, reader)
      : responsesBody(request, media, route.form, reader, without);
  const slots =
    credential.kind === 'oauth'
      ? accountSlots(config, credential, request.conversationId)
      : keySlots(config, credential);
  return { profile: target.at(form.profile), origin: target.origin, slots, body };
}
