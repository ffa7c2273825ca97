import type { ModelRequest } from '@maestro/core';
import { contentsOf, isForeign, type Reader, written } from './contents.js';
import type { Media } from './media.js';
import type { CodeAssistSet, Dialect } from './profiles/profile-set.js';
import { jsonSchema, openApiSchema } from './schema.js';
import { thinkingConfig } from './thinking.js';

export const PROVIDER = 'gemini';

export type Prompt = Pick<ModelRequest, 'system' | 'messages' | 'tools' | 'effort'> &
  Partial<Pick<ModelRequest, 'maxTokens' | 'webSearch'>> & { model: string };

/** Fields of a body; without a value they are left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** A model's name as people write it, without the collection the API puts before it. */
export const modelId = (model: string): string => model.replace(/^models\//, '');

/** What asks for a reply: contents, systemInstruction, tools, generationConfig. */
export function generateFields(prompt: Prompt, media: Media, dialect: Dialect): Fields {
  const reader: Reader = { provider: PROVIDER, model: prompt.model, media, dialect };
  const system = prompt.system.trim() ? { role: 'user' as const, parts: [{ text: prompt.system }] } : undefined;
  const isFirst = dialect.system === 'first';
  const contents = contentsOf(prompt.messages, reader);
  return {
    contents: system && isFirst ? [written(system, dialect), ...contents] : contents,
    systemInstruction: system && !isFirst ? written(system, dialect) : undefined,
    tools: toolsOf(prompt, dialect),
    generationConfig: generation(prompt, dialect),
  };
}

/** Google's own search runs at the provider. Source: ai.google.dev/gemini-api/docs/google-search, read 2026-11-27. */
function toolsOf({ tools, webSearch }: Prompt, dialect: Dialect): object[] | undefined {
  const own = tools.length > 0 ? [{ functionDeclarations: declarations(tools, dialect) }] : [];
  const all = webSearch ? [...own, { googleSearch: {} }] : own;
  return all.length > 0 ? all : undefined;
}

function generation({ model, effort, maxTokens }: Prompt, dialect: Dialect): Fields {
  const thinking = thinkingConfig(model, effort, dialect.asksToThink);
  const limit = maxTokens ? { maxOutputTokens: maxTokens } : {};
  return { ...dialect.generation, ...limit, ...(thinking && { thinkingConfig: thinking }) };
}

function declarations(tools: ModelRequest['tools'], { schema }: Dialect): object[] {
  const shape = schema === 'parameters' ? openApiSchema : jsonSchema;
  return tools.map(({ name, description, parameters }) => ({ name, description, [schema]: shape(parameters) }));
}

/** The same as Code Assist wants it. */
export function assistFields(
  prompt: Prompt & Pick<ModelRequest, 'conversationId' | 'turnId'>,
  media: Media,
  set: CodeAssistSet,
  project: string | undefined,
): Fields {
  return {
    model: prompt.model,
    project,
    user_prompt_id: set.promptId(prompt.conversationId, prompt.turnId),
    request: {
      ...generateFields(prompt, media, set.dialect),
      session_id: set.sendsSession ? prompt.conversationId : undefined,
    },
  };
}

/** What asks how long a prompt is; contents alone where there is nothing else, as the reference sends it. */
export function countFields(prompt: Prompt, media: Media, dialect: Dialect): Fields {
  const fields = generateFields(prompt, media, dialect);
  const { contents, systemInstruction, tools } = fields;
  if (!systemInstruction && !tools) return { contents };
  return { generateContentRequest: { model: `models/${prompt.model}`, contents, systemInstruction, tools } };
}

/** Code Assist counts contents and nothing else, so the rest is put among them as text. */
export function assistCountFields(prompt: Prompt, media: Media, dialect: Dialect): Fields {
  const { contents } = generateFields({ ...prompt, system: '' }, media, dialect);
  const words = [prompt.system, prompt.tools.length > 0 ? JSON.stringify(declarations(prompt.tools, dialect)) : ''];
  const parts = words.filter((text) => text.trim() !== '').map((text) => ({ text }));
  const before = parts.length > 0 ? [written({ role: 'user', parts }, dialect)] : [];
  return { request: { model: `models/${prompt.model}`, contents: [...before, ...(contents as object[])] } };
}

/** Told when it begins, at the first request after a change of model, not with every request that follows. */
export function tellDropped({ messages, model, notice }: Pick<ModelRequest, 'messages' | 'model' | 'notice'>): void {
  const last = messages.findLast(({ role }) => role === 'assistant');
  if (!last || !isForeign(last, { provider: PROVIDER, model })) return;
  if (last.parts.some(({ type }) => type === 'thinking'))
    notice('thinking.dropped', `Thinking of ${last.model ?? 'another model'} is not shown to ${model}.`);
}
