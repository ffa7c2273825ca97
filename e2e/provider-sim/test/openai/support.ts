import OpenAI from 'openai';
import type { ProviderSim } from '../../src/index.js';

/** Reasons, and takes tools in both APIs. */
export const model = 'gpt-5';
export const user = (text: string) => ({ role: 'user' as const, content: text });

/** The vendor's own client. It is the judge of whether our stream is one of theirs. */
export const client = (sim: ProviderSim, apiKey = 'sk-test') =>
  new OpenAI({ baseURL: `${sim.url}/v1`, apiKey, maxRetries: 0, logLevel: 'off' });

const parameters = {
  type: 'object',
  properties: { file_path: { type: 'string' }, content: { type: 'string' } },
};

export const writeFile = { type: 'function' as const, name: 'write_file', parameters, strict: false };
export const chatWriteFile = { type: 'function' as const, function: { name: 'write_file', parameters } };

/** The smallest picture there is: one grey point. */
export const picture = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==`;
export const document = `data:application/pdf;base64,${Buffer.from('%PDF-1.7 ..').toString('base64')}`;

export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

export interface Posted {
  status: number;
  headers: Headers;
  json: OpenAiErrorBody;
}

interface PostOptions {
  path?: string;
  headers?: Record<string, string>;
}

/** A request by hand, for what the vendor's client would not send. */
export async function post(sim: ProviderSim, body: unknown, options: PostOptions = {}): Promise<Posted> {
  const { path = '/v1/responses', headers = {} } = options;
  const response = await fetch(sim.url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: (await response.json()) as OpenAiErrorBody };
}
