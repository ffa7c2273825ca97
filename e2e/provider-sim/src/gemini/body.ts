import { Refusal } from '../wire-format.js';
import { refuse } from './errors.js';
import { GEMINI_MODELS, type SimModel } from './models.js';
import { isObject, type Message, readMessage } from './proto.js';
import type { GenerateBody, Part } from './shape.js';

export const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** The body read as that message; unknown names and wrong types are refused together, as the real ones do. */
export function readBody<T>(bytes: Buffer, shape: Message): T {
  if (bytes.length > MAX_BODY_BYTES) refuse(`Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`);
  const { value, problems } = readMessage(parse(bytes), shape);
  if (problems.length > 0) refuse(problems.join('\n'));
  return value as T;
}

function parse(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    refuse('Invalid JSON payload received. Unexpected token.\n^');
  }
  return refuse('Invalid JSON payload received. Unknown name "": Root element must be a message.');
}

/** The model of that id, if it can do that. */
export function modelFor(id: string, method: string): SimModel {
  const model = GEMINI_MODELS.find((each) => each.id === id);
  if (!model?.methods.includes(method))
    throw new Refusal(
      404,
      'NOT_FOUND',
      `models/${id} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
    );
  return model;
}

export function checkGenerationConfig({ generationConfig = {} }: GenerateBody, model: SimModel): void {
  const { temperature, topP, candidateCount, maxOutputTokens, thinkingConfig } = generationConfig;
  const where = '* GenerateContentRequest.generation_config';
  if (temperature !== undefined && (temperature < 0 || temperature > 2))
    refuse(`${where}.temperature: temperature must be in the range [0.0, 2.0].\n`);
  if (topP !== undefined && (topP < 0 || topP > 1)) refuse(`${where}.top_p: top_p must be in the range [0.0, 1.0].\n`);
  if (candidateCount !== undefined && candidateCount !== 1) refuse('Multiple candidates is not enabled for this model');
  if (maxOutputTokens !== undefined && (maxOutputTokens < 1 || maxOutputTokens > model.outputTokenLimit))
    refuse(
      `Unable to submit request because it has a maxOutputTokens value of ${maxOutputTokens} but the supported range is from 1 (inclusive) to ${model.outputTokenLimit + 1} (exclusive). Update the value and try again.`,
    );
  if (thinkingConfig) checkThinking(thinkingConfig, model);
}

function checkThinking(config: { thinkingBudget?: number; thinkingLevel?: string }, model: SimModel): void {
  const { thinkingBudget, thinkingLevel } = config;
  if (thinkingBudget !== undefined && thinkingLevel !== undefined)
    refuse('You can only set only one of thinking budget and thinking level.');
  if (thinkingLevel !== undefined && model.version < 3) refuse('Thinking level is not supported for this model.');
  if (thinkingBudget === undefined || thinkingBudget === -1) return;
  const [least, most] = model.budget ?? [0, 32_768];
  const isOff = thinkingBudget === 0 && !model.id.endsWith('-pro');
  if (!isOff && (thinkingBudget < least || thinkingBudget > most))
    refuse(`The thinking budget ${thinkingBudget} is invalid. Please choose a value between ${least} and ${most}.`);
}

/** A quarter of the bytes of all text; a picture or document counts as one tile. */
export function countTokens(body: Pick<GenerateBody, 'contents' | 'systemInstruction' | 'tools'>): number {
  const parts = [body.systemInstruction, ...(body.contents ?? [])].flatMap((content) => content?.parts ?? []);
  const counted = parts.reduce((sum, part) => sum + partTokens(part), 0);
  return Math.ceil(counted + (body.tools ? Buffer.byteLength(JSON.stringify(body.tools)) / 4 : 0));
}

const TILE = 258;

function partTokens({ text, inlineData, fileData, thoughtSignature: _, ...rest }: Part): number {
  if (text !== undefined) return Buffer.byteLength(text) / 4;
  if (inlineData || fileData) return TILE;
  return Buffer.byteLength(JSON.stringify(rest)) / 4;
}

export function checkLength(tokens: number, model: SimModel): void {
  if (tokens > model.inputTokenLimit)
    refuse(
      `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${model.inputTokenLimit}).`,
    );
}
