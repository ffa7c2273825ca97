import type { ConversationRequest, Reply } from '../reply.js';
import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { EncryptedReasoning } from './encrypted-reasoning.js';
import { openAiError } from './errors.js';
import { type Json, readJson } from './fields.js';
import { errorFrame } from './format.js';
import { respond } from './responses.js';

/**
 * The Responses API of a ChatGPT account. Not documented; rules and texts are those quoted in public issues: of
 * router-for-me/CLIProxyAPI (41), RayBytes/ChatMock (103), diegosouzapw/OmniRoute (746), read 2026-11-27.
 */
export class ChatGptFormat implements WireFormat {
  readonly id = 'chatgpt';
  readonly #seals: EncryptedReasoning;

  constructor(seed: string) {
    this.#seals = new EncryptedReasoning(`${seed} chatgpt`);
  }

  owns(path: string): boolean {
    return path.startsWith('/backend-api/');
  }

  answer(request: SimRequest, replies: (conversation: ConversationRequest) => Reply): Answer {
    const account = checkAccount(request);
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /backend-api/wham/usage') return { status: 200, json: PLAN };
    if (route !== 'POST /backend-api/codex/responses') throw new Refusal(404, DETAIL, 'Not Found');
    checkBody(readJson(request));
    return respond(request, replies, { seals: this.#seals, account });
  }

  headers(requestId: string): Record<string, string> {
    return { 'x-request-id': requestId, 'x-codex-plan-type': 'plus' };
  }

  errorBody(...[type, message, status, , { retryAfter, details }]: Parameters<WireFormat['errorBody']>): unknown {
    if (type === DETAIL) return { detail: message };
    if (status === 401)
      return {
        error: { message: message ?? EXPIRED, type: type ?? null, code: 'token_expired', param: null, ...details },
        status,
      };
    if (status !== 429 || (type ?? LIMIT) !== LIMIT) return openAiError({ type, message, status, retryAfter, details });
    const seconds = Number(retryAfter) || 3600;
    const limit = { type: LIMIT, message: message ?? 'The usage limit has been reached', plan_type: 'plus' };
    return { error: { ...limit, resets_in_seconds: seconds, ...details } };
  }

  errorFrame(fault: Parameters<WireFormat['errorFrame']>[0]): string {
    return errorFrame(fault);
  }
}

/** The kind of a refusal that is told as `{ "detail" }`. */
const DETAIL = 'detail';
const LIMIT = 'usage_limit_reached';
const EXPIRED = 'Provided authentication token is expired. Please try signing in again.';

/** What a plan has left. The names are those that open clients read. */
const PLAN = {
  plan_type: 'plus',
  rate_limit: {
    allowed: true,
    limit_reached: false,
    primary_window: { used_percent: 12, limit_window_seconds: 18_000, reset_after_seconds: 9_000 },
    secondary_window: { used_percent: 3, limit_window_seconds: 604_800, reset_after_seconds: 300_000 },
  },
};

function checkAccount(request: SimRequest): string {
  const token = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1];
  if (!token || /^(invalid|expired)/.test(token)) throw new Refusal(401, 'invalid_request_error', EXPIRED);
  const account = request.header('chatgpt-account-id');
  if (!account) throw new Refusal(401, DETAIL, 'Unauthorized');
  return account;
}

const UNSUPPORTED = [
  'max_output_tokens',
  'temperature',
  'top_p',
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_retention',
  'previous_response_id',
];

function checkBody(body: Json): void {
  const refuse = (message: string): never => {
    throw new Refusal(400, DETAIL, message);
  };
  if (typeof body.instructions !== 'string') refuse('Instructions are required');
  if (!Array.isArray(body.input)) refuse('Input must be a list');
  if (body.store !== false) refuse('Store must be set to false');
  if (body.stream !== true) refuse('Stream must be set to true');
  const wrong = UNSUPPORTED.find((key) => body[key] !== undefined);
  if (wrong) refuse(`Unsupported parameter: ${wrong}`);
  if (!/^gpt-/.test(`${body.model}`) || /^gpt-4/.test(`${body.model}`))
    refuse(`The '${body.model}' model is not supported when using Codex with a ChatGPT account.`);
}
