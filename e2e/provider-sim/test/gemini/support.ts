import { type FunctionDeclaration, GoogleGenAI } from '@google/genai';
import type { ProviderSim } from '../../src/index.js';

export const model = 'gemini-2.5-flash';
/** Insists on signatures and gives ids to its calls. */
export const newModel = 'gemini-3.8-flash';

export const user = (text: string) => ({ role: 'user', parts: [{ text }] });

/** The vendor's own client. It is the judge of whether our stream is one of theirs. */
export const client = (sim: ProviderSim, apiKey = 'key-test') =>
  new GoogleGenAI({ apiKey, apiVersion: 'v1beta', httpOptions: { baseUrl: sim.url, retryOptions: { attempts: 1 } } });

export const writeFile: FunctionDeclaration = {
  name: 'write_file',
  description: 'Writes a file',
  parametersJsonSchema: {
    type: 'object',
    properties: { file_path: { type: 'string' }, content: { type: 'string' } },
  },
};

export interface GoogleErrorBody {
  error: {
    code: number;
    message: string;
    status: string;
    details?: { '@type': string; [field: string]: unknown }[];
    errors?: object[];
  };
}

export interface Posted {
  status: number;
  headers: Headers;
  json: GoogleErrorBody;
}

interface PostOptions {
  headers?: Record<string, string>;
  path?: string;
}

/** A request by hand, for what the vendor's client would not send. */
export async function post(sim: ProviderSim, body: unknown, options: PostOptions = {}): Promise<Posted> {
  const { headers = { 'x-goog-api-key': 'key-test' }, path = `/v1beta/models/${model}:generateContent` } = options;
  const response = await fetch(sim.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: (await response.json()) as GoogleErrorBody };
}
