import Anthropic from '@anthropic-ai/sdk';
import type { ProviderSim } from '../src/index.js';

export const model = 'claude-opus-5-5';
export const user = (text: string) => ({ role: 'user' as const, content: text });

/** The vendor's own client. It is the judge of whether our stream is one of theirs. */
export const client = (sim: ProviderSim, apiKey = 'sk-test') =>
  new Anthropic({ baseURL: sim.url, apiKey, maxRetries: 0 });

export const writeFile: Anthropic.Tool = {
  name: 'write_file',
  description: 'Writes a file',
  input_schema: { type: 'object', properties: { file_path: { type: 'string' }, content: { type: 'string' } } },
};

export const headers = {
  'x-api-key': 'sk-test',
  'anthropic-version': '2023-06-01',
  'content-type': 'application/json',
};

export interface Posted {
  status: number;
  headers: Headers;
  json: { type: string; error: { type: string; message: string }; request_id: string };
}

/** A request by hand, for what the vendor's client would not send. */
export async function post(
  sim: ProviderSim,
  body: unknown,
  change: Record<string, string | null> = {},
): Promise<Posted> {
  const all = Object.entries({ ...headers, ...change }).filter((entry): entry is [string, string] => entry[1] !== null);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${sim.url}/v1/messages`, { method: 'POST', headers: all, body: text });
  return { status: response.status, headers: response.headers, json: (await response.json()) as Posted['json'] };
}

export async function control(sim: ProviderSim, method: string, path: string, body?: unknown) {
  const response = await fetch(`${sim.url}/_sim/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, never> };
}
