import { Refusal } from '../wire-format.js';
import { checkCacheMarks } from './cache-marks.js';
import { MODELS, type SimModel } from './models.js';
import type { Block, MessagesBody } from './shape.js';

const TOP_LEVEL = new Set([
  'model',
  'messages',
  'max_tokens',
  'stream',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'metadata',
  'stop_sequences',
  'temperature',
  'top_k',
  'top_p',
  'service_tier',
  'cache_control',
]);

export const MAX_BODY_BYTES = 32 * 1024 * 1024;

export function refuse(message: string): never {
  throw new Refusal(400, 'invalid_request_error', message);
}

/** The parsed body, its top level checked. Messages are checked in conversation.ts. */
export function checkBody(bytes: Buffer, needsMaxTokens: boolean): { body: MessagesBody; model: SimModel } {
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal(413, 'request_too_large', 'Request exceeds the maximum size');
  const body = parse(bytes);
  for (const key of Object.keys(body)) if (!TOP_LEVEL.has(key)) refuse(`${key}: Extra inputs are not permitted`);
  if (typeof body.model !== 'string') refuse('model: Field required');
  const model = MODELS.find(({ id }) => id === body.model);
  if (!model) throw new Refusal(404, 'not_found_error', `model: ${body.model}`);
  if (needsMaxTokens) checkMaxTokens(body, model);
  if (!Array.isArray(body.messages)) refuse('messages: Field required');
  checkSystem(body.system);
  checkTools(body.tools);
  checkThinking(body, model);
  checkEffort(body, model);
  checkCacheMarks(body);
  return { body, model };
}

function parse(bytes: Buffer): MessagesBody {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as MessagesBody;
  } catch (error) {
    refuse(`The request body is not valid JSON: ${(error as Error).message}`);
  }
  return refuse('The request body is not valid JSON: an object is expected');
}

function checkMaxTokens({ max_tokens }: MessagesBody, model: SimModel): void {
  if (max_tokens === undefined) refuse('max_tokens: Field required');
  if (!Number.isInteger(max_tokens) || max_tokens < 1) refuse('max_tokens: Input should be greater than or equal to 1');
  if (max_tokens > model.max_tokens)
    refuse(
      `max_tokens: ${max_tokens} > ${model.max_tokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    );
}

function checkSystem(system: MessagesBody['system']): void {
  if (system === undefined || typeof system === 'string') return;
  if (!Array.isArray(system)) refuse('system: Input should be a valid list');
  system.forEach((block: Block, index) => {
    if (block.type !== 'text') refuse(`system.${index}.type: Input should be 'text'`);
    if (!block.text) refuse('system: text content blocks must be non-empty');
  });
}

function checkTools(tools: MessagesBody['tools']): void {
  if (tools === undefined) return;
  if (!Array.isArray(tools)) refuse('tools: Input should be a valid list');
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (isWebSearch(tool)) checkWebSearch(tool, `tools.${index}.${tool.type}`);
    else checkFunction(tool, `tools.${index}.custom`);
    if (names.has(tool.name)) refuse('tools: Tool names must be unique.');
    names.add(tool.name);
  }
}

type Tool = NonNullable<MessagesBody['tools']>[number];

function checkFunction({ name, input_schema }: Tool, where: string): void {
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name ?? ''))
    refuse(`${where}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  if (input_schema === undefined) refuse(`${where}.input_schema: Field required`);
  if (input_schema.type !== 'object') refuse(`${where}.input_schema.type: Input should be 'object'`);
}

/** A tool that runs here: named by its version, without a schema. */
export const isWebSearch = ({ type }: { type?: string }) => /^web_search_(20250305|20260209)$/.test(type ?? '');

const SEARCH_KEYS = [
  'type',
  'name',
  'max_uses',
  'allowed_domains',
  'blocked_domains',
  'user_location',
  'cache_control',
];

function checkWebSearch(tool: Tool, where: string): void {
  if (tool.name !== 'web_search') refuse(`${where}.name: Input should be 'web_search'`);
  for (const key of Object.keys(tool))
    if (!SEARCH_KEYS.includes(key)) refuse(`${where}.${key}: Extra inputs are not permitted`);
  if (tool.max_uses !== undefined && !(tool.max_uses > 0)) refuse(`${where}.max_uses: Input should be greater than 0`);
}

function checkThinking({ thinking, max_tokens }: MessagesBody, model: SimModel): void {
  if (thinking === undefined || thinking.type === 'disabled') return;
  if (thinking.type === 'adaptive') {
    if (model.thinking !== 'adaptive') refuse('adaptive thinking is not supported on this model');
    return;
  }
  if (thinking.type !== 'enabled')
    refuse(`thinking: Input tag '${thinking.type}' found using 'type' does not match any of the expected tags`);
  if (model.thinking === 'adaptive')
    refuse(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  const budget = thinking.budget_tokens ?? 0;
  if (budget < 1024) refuse('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  if (max_tokens !== undefined && budget >= max_tokens)
    refuse('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'];

function checkEffort({ output_config }: MessagesBody, model: SimModel): void {
  const effort = output_config?.effort;
  if (effort === undefined || effort === null) return;
  if (!EFFORTS.includes(effort))
    refuse("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
  if (model.thinking !== 'adaptive') refuse('This model does not support the effort parameter.');
}
