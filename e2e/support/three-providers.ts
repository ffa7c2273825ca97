import { createHash, randomUUID } from 'node:crypto';
import type { Attachment, List, Message, Session } from '@maestro/core/protocol';
import { type MaestroProcess, makeHome } from './maestro-process.js';
import { until } from './until.js';

export interface OneProvider {
  id: 'anthropic' | 'openai' | 'gemini';
  model: string;
  /** Paths of its conversations on the simulator. */
  path: RegExp;
}

/** A provider of each wire format, with a model that thinks and reads images. */
export const trio: readonly OneProvider[] = [
  { id: 'anthropic', model: 'claude-sonnet-5', path: /^\/v1\/messages$/ },
  { id: 'openai', model: 'gpt-5.6', path: /^\/v1\/responses$/ },
  { id: 'gemini', model: 'gemini-3.8-flash', path: /^\/v1beta\/models\/[^/]+:streamGenerateContent/ },
];

export const trioKeys = {
  ANTHROPIC_API_KEY: 'sk-ant-trio-0123456789',
  OPENAI_API_KEY: 'sk-trio-0123456789',
  GEMINI_API_KEY: 'AIza-trio-0123456789',
};

/** A home whose three providers all live on one simulator, or each on one of its own. */
export function trioHome(at: string | Record<OneProvider['id'], string>, more = ''): Promise<string> {
  const { anthropic, openai, gemini } = typeof at === 'string' ? { anthropic: at, openai: at, gemini: at } : at;
  return makeHome(`plugins:
  "@maestro/provider-anthropic": { baseUrl: "${anthropic}" }
  "@maestro/provider-openai": { baseUrl: "${openai}", api: responses }
  "@maestro/provider-gemini": { baseUrl: "${gemini}", codeAssistUrl: "${gemini}" }
${more}`);
}

export function newSession(server: MaestroProcess, provider: OneProvider, folder: string): Promise<Session> {
  const body = { provider: provider.id, model: provider.model, working_directory: folder };
  return server.must<Session>('POST', '/sessions', body);
}

/** Sends a message and waits for the end of its turn; gives the session as it is then. */
export async function converse(
  server: MaestroProcess,
  sessionId: string,
  text: string,
  attachments: Attachment[] = [],
): Promise<Session> {
  const message = { client_key: randomUUID(), text, ...(attachments.length > 0 && { attachments }) };
  await server.must('POST', `/sessions/${sessionId}/messages`, message);
  return until(`the turn of "${text}" to end`, async () => {
    const session = await server.must<Session>('GET', `/sessions/${sessionId}`);
    return session.status === 'idle' || session.status === 'error' ? session : undefined;
  });
}

export async function messagesOf(server: MaestroProcess, sessionId: string): Promise<Message[]> {
  return (await server.must<List<Message>>('GET', `/sessions/${sessionId}/messages?limit=200`)).items;
}

/** Puts bytes where a message can name them. */
export async function putImage(server: MaestroProcess, bytes: Buffer): Promise<Attachment> {
  const blob = createHash('sha256').update(bytes).digest('hex');
  const response = await fetch(`${server.url}/api/v1/blobs/${blob}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(bytes),
  });
  if (!response.ok) throw new Error(`the image was not taken: ${response.status} ${await response.text()}`);
  return { v: 1, type: 'image', media_type: 'image/png', blob };
}

/** The smallest picture there is: one grey point. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
