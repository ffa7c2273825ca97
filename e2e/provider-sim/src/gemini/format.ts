import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { countTokens, modelFor, readBody } from './body.js';
import { asArray, asEvents, chunks, wholeAnswer } from './chunks.js';
import { checkCounted } from './conversation.js';
import { checkKeyOrToken, type GoogleRules } from './credentials.js';
import { googleError, refuse } from './errors.js';
import { generation, type Replies } from './generation.js';
import { GEMINI_MODELS, modelResource } from './models.js';
import { COUNT, GENERATE, type GenerateBody } from './shape.js';
import { ThoughtSignatures } from './thought-signatures.js';
import { meteredOf } from './usage.js';

const SERVICE = 'generativelanguage.googleapis.com';

/** The Gemini API: `/v1beta/models` and the methods of a model. */
export class GeminiFormat implements WireFormat {
  readonly id = 'gemini';
  readonly #signatures: ThoughtSignatures;

  constructor(
    seed: string,
    private readonly rules: () => GoogleRules,
  ) {
    this.#signatures = new ThoughtSignatures(seed);
  }

  owns(path: string): boolean {
    return /^\/v1(beta|alpha)\/models(\/|$)/.test(path);
  }

  answer(request: SimRequest, replies: Replies): Answer {
    checkKeyOrToken(request, this.rules());
    const [, id, method] = /^\/v1\w+\/models\/([^:/]+)(?::(\w+))?$/.exec(request.path) ?? [];
    if (request.method === 'GET' && method === undefined) return id ? oneModel(id) : pageOfModels(request.query);
    if (request.method === 'POST' && id && method) return this.#act(request, { id, method }, replies);
    throw new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
  }

  headers(): Record<string, string> {
    return { vary: 'Origin, X-Origin, Referer', 'x-content-type-options': 'nosniff' };
  }

  errorBody(...[type, message, status, , { retryAfter }]: Parameters<WireFormat['errorBody']>): unknown {
    return googleError({ type, message, status, retryAfter, service: SERVICE });
  }

  errorFrame(fault: { error_type?: string; message?: string }): string {
    const body = googleError({ type: fault.error_type, message: fault.message, status: 503, service: SERVICE });
    return `data: ${JSON.stringify(body)}\r\n\r\n`;
  }

  #act(request: SimRequest, { id, method }: { id: string; method: string }, replies: Replies): Answer {
    if (method === 'countTokens') return this.#count(request, id);
    if (method !== 'generateContent' && method !== 'streamGenerateContent')
      throw new Refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
    const model = modelFor(id, 'generateContent');
    const body = readBody<GenerateBody>(request.body, GENERATE);
    const { reply, context } = generation({ body, model, bytes: request.body, signatures: this.#signatures }, replies);
    const metered = meteredOf(reply, context);
    if (method === 'generateContent') return { status: 200, json: wholeAnswer(reply, context), metered };
    const all = chunks(reply, context);
    const rest = { status: 200, rate: reply.rate, metered } as const;
    if (request.query.get('alt') === 'sse') return { ...rest, frames: asEvents(all) };
    return { ...rest, frames: asArray(all), type: 'application/json; charset=UTF-8' };
  }

  #count(request: SimRequest, id: string): Answer {
    modelFor(id, 'countTokens');
    const body = readBody<GenerateBody & { generateContentRequest?: GenerateBody }>(request.body, COUNT);
    if (body.contents && body.generateContentRequest)
      refuse('* CountTokensRequest: only one of contents and generate_content_request can be set.\n');
    const counted = body.generateContentRequest ?? body;
    checkCounted(counted.contents ?? [], this.#signatures);
    const totalTokens = countTokens(counted);
    return {
      status: 200,
      json: { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] },
    };
  }
}

function oneModel(id: string): Answer {
  const found = GEMINI_MODELS.find((each) => each.id === id);
  if (!found) modelFor(id, 'generateContent');
  return { status: 200, json: modelResource(found!) };
}

function pageOfModels(query: URLSearchParams): Answer {
  const size = Math.min(Number(query.get('pageSize')) || 50, 1000);
  const from = pageStart(query.get('pageToken'));
  const models = GEMINI_MODELS.slice(from, from + size).map(modelResource);
  const next = from + size;
  const isMore = next < GEMINI_MODELS.length;
  return {
    status: 200,
    json: { models, ...(isMore && { nextPageToken: Buffer.from(`at:${next}`).toString('base64url') }) },
  };
}

function pageStart(token: string | null): number {
  if (!token) return 0;
  const at = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  return at === undefined ? refuse('Page token is not valid.') : Number(at);
}
