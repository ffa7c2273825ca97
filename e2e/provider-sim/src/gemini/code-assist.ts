import { createHash } from 'node:crypto';
import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { countTokens, modelFor, readBody } from './body.js';
import { asArray, asEvents, chunks, wholeAnswer } from './chunks.js';
import { CodeAssistAccounts } from './code-assist-accounts.js';
import { checkCounted } from './conversation.js';
import { checkToken } from './credentials.js';
import { googleError, refuse } from './errors.js';
import { generation, type Replies } from './generation.js';
import type { GoogleAccount } from './google-account.js';
import { CODE_ASSIST_COUNT, CODE_ASSIST_GENERATE, type GenerateBody } from './shape.js';
import { ThoughtSignatures } from './thought-signatures.js';
import { meteredOf } from './usage.js';

const SERVICE = 'cloudcode-pa.googleapis.com';

interface WrappedBody {
  model?: string;
  project?: string;
  request?: GenerateBody;
}

/** Code Assist: methods of `/v1internal`, with the requests of the Gemini API wrapped in its own. */
export class CodeAssistFormat implements WireFormat {
  readonly id = 'code-assist';
  readonly #signatures: ThoughtSignatures;
  readonly #accounts: CodeAssistAccounts;

  constructor(seed: string, account: GoogleAccount) {
    this.#signatures = new ThoughtSignatures(seed);
    this.#accounts = new CodeAssistAccounts(account);
  }

  owns(path: string): boolean {
    return /^\/v1internal[:/]/.test(path);
  }

  answer(request: SimRequest, replies: Replies): Answer {
    checkToken(request);
    const [, method] = /^\/v1internal:(\w+)$/.exec(request.path) ?? [];
    if (request.method === 'GET') return this.#accounts.operation(request.path);
    if (method === 'streamGenerateContent' || method === 'generateContent')
      return this.#generate(request, method, replies);
    if (method === 'countTokens') return this.#count(request);
    return this.#accounts.answer(method, request);
  }

  headers(requestId: string): Record<string, string> {
    return { vary: 'Origin, X-Origin, Referer', 'x-cloudaicompanion-trace-id': requestId };
  }

  /** Methods that stream tell their errors in a list. Source: answers quoted in issues of google-gemini/gemini-cli. */
  errorBody(...[type, message, status, , { path, retryAfter }]: Parameters<WireFormat['errorBody']>): unknown {
    const { error } = googleError({ type, message, status, retryAfter, service: SERVICE });
    const { code, message: said, ...rest } = error;
    const errors = [{ message: said, domain: 'global', reason: REASONS[status] ?? 'badRequest' }];
    const body = { error: { code, message: said, errors, ...rest } };
    return path.endsWith(':streamGenerateContent') ? [body] : body;
  }

  errorFrame(fault: { error_type?: string; message?: string }): string {
    const body = googleError({ type: fault.error_type, message: fault.message, status: 503, service: SERVICE });
    return `data: ${JSON.stringify(body)}\r\n\r\n`;
  }

  #generate(request: SimRequest, method: string, replies: Replies): Answer {
    const { model: id = '', project, request: body } = readBody<WrappedBody>(request.body, CODE_ASSIST_GENERATE);
    const model = notFoundUnless(() => modelFor(id, 'generateContent'));
    this.#accounts.checkProject(project);
    if (!body) refuse('Request contains an invalid argument.');
    const given = { body, model, bytes: request.body, signatures: this.#signatures };
    const { reply, context } = generation(given, replies);
    const traceId = createHash('sha256').update(request.body).digest('hex').slice(0, 16);
    const wrap = (response: object) => ({ response, traceId });
    const metered = meteredOf(reply, context);
    if (method === 'generateContent') return { status: 200, json: wrap(wholeAnswer(reply, context)), metered };
    const all = chunks(reply, context);
    const rest = { status: 200, rate: reply.rate, metered } as const;
    if (request.query.get('alt') === 'sse') return { ...rest, frames: asEvents(all, wrap) };
    const wrapped = all.map(({ json, ...chunk }) => ({ ...chunk, ...(json && { json: wrap(json) }) }));
    return { ...rest, frames: asArray(wrapped), type: 'application/json; charset=UTF-8' };
  }

  #count({ body }: SimRequest): Answer {
    const { request } = readBody<{ request?: GenerateBody & { model?: string } }>(body, CODE_ASSIST_COUNT);
    const id = (request?.model ?? '').replace(/^models\//, '');
    notFoundUnless(() => modelFor(id, 'countTokens'));
    checkCounted(request?.contents ?? [], this.#signatures);
    return { status: 200, json: { totalTokens: countTokens(request!) } };
  }
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  429: 'rateLimitExceeded',
  500: 'backendError',
  503: 'backendError',
};

/** It does not say which model there is not. */
function notFoundUnless<T>(find: () => T): T {
  try {
    return find();
  } catch {
    throw new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
  }
}
