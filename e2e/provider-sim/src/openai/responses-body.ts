import type { SimRequest } from '../wire-format.js';
import { missing, notOneOf, refuse } from './errors.js';
import { checkFields, findModel, isObject, type Json, type Kind, readJson, wrongType } from './fields.js';
import { checkEffort, type OpenAiModel, reasons } from './models.js';
import { type FunctionTool, objects, responsesTools } from './tools.js';

/** Source: `ResponseCreateParamsBase` of `openai` 7.57.0. */
const FIELDS: Readonly<Record<string, Kind>> = {
  model: 'a string',
  input: 'any',
  instructions: 'a string',
  stream: 'a boolean',
  stream_options: 'an object',
  tools: 'an array of objects',
  tool_choice: 'any',
  parallel_tool_calls: 'a boolean',
  reasoning: 'an object',
  include: 'any',
  store: 'a boolean',
  max_output_tokens: 'an integer',
  max_tool_calls: 'an integer',
  temperature: 'a decimal',
  top_p: 'a decimal',
  top_logprobs: 'an integer',
  text: 'an object',
  truncation: 'a string',
  metadata: 'an object',
  background: 'a boolean',
  conversation: 'any',
  context_management: 'an array of objects',
  previous_response_id: 'a string',
  prompt: 'an object',
  prompt_cache_key: 'a string',
  prompt_cache_options: 'an object',
  prompt_cache_retention: 'a string',
  safety_identifier: 'a string',
  service_tier: 'a string',
  user: 'a string',
};

/** Source: `InputTokenCountParams` of `openai` 7.57.0. */
export const COUNT_FIELDS: Readonly<Record<string, Kind>> = {
  conversation: 'any',
  input: 'any',
  instructions: 'a string',
  model: 'a string',
  parallel_tool_calls: 'a boolean',
  personality: 'a string',
  previous_response_id: 'a string',
  reasoning: 'an object',
  text: 'an object',
  tool_choice: 'any',
  tools: 'an array of objects',
  truncation: 'a string',
};

const INCLUDES = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
];

export interface ResponsesRequest {
  body: Json;
  model: OpenAiModel;
  input: Json[];
  tools: FunctionTool[];
  searchesWeb: boolean;
  reasons: boolean;
  /** Whether it asked to read what was thought, and to get it sealed. */
  hasSummary: boolean;
  hasEncrypted: boolean;
}

/** The body, checked but for the order of its items. */
export function readResponses(request: SimRequest, fields = FIELDS): ResponsesRequest {
  const body = readJson(request);
  checkFields(body, fields);
  const model = modelOf(body);
  const { previous_response_id: previous } = body;
  if (previous !== undefined && previous !== null)
    refuse(`Previous response with id '${previous}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
  const input = inputOf(body.input);
  const tools = responsesTools(body.tools);
  checkChoice(body, tools);
  const reasoning = isObject(body.reasoning) ? body.reasoning : {};
  checkReasoning(body, reasoning, model);
  checkInclude(body.include);
  checkLimit(body, model);
  if (body.stream_options && body.stream !== true)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: 'stream_options' });
  return {
    body,
    model,
    input,
    tools,
    searchesWeb: objects(body.tools, 'tools').some(({ type }) => /^web_search(_preview)?$/.test(String(type))),
    reasons: reasons(model, reasoning.effort as string | undefined),
    hasSummary: typeof reasoning.summary === 'string',
    hasEncrypted: Array.isArray(body.include) && body.include.includes('reasoning.encrypted_content'),
  };
}

function modelOf({ model }: Json): OpenAiModel {
  if (typeof model !== 'string') missing('model');
  return (
    findModel(model) ??
    refuse(`The requested model '${model}' does not exist.`, { param: 'model', code: 'model_not_found' })
  );
}

function inputOf(input: unknown): Json[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (input === undefined || input === null || (Array.isArray(input) && input.length === 0))
    refuse('One of "input" or "previous_response_id" or \'prompt\' or \'conversation_id\' must be provided.', {
      param: 'input',
      code: 'missing_required_parameter',
    });
  if (!Array.isArray(input)) wrongType(input, 'one of a string or array of objects', 'input');
  return objects(input, 'input');
}

function checkChoice({ tool_choice: choice }: Json, tools: readonly FunctionTool[]): void {
  const words = ['none', 'auto', 'required'];
  if (typeof choice === 'string' && !words.includes(choice)) notOneOf(choice, words, 'tool_choice');
  if (!isObject(choice) || choice.type !== 'function') return;
  if (!tools.some(({ name }) => name === choice.name))
    refuse(`Tool choice 'function' not found in 'tools' parameter.`, { param: 'tool_choice' });
}

function checkReasoning(body: Json, reasoning: Json, model: OpenAiModel): void {
  checkFields(
    reasoning,
    { effort: 'a string', summary: 'a string', generate_summary: 'a string', context: 'a string', mode: 'a string' },
    'reasoning.',
  );
  const { effort, summary } = reasoning;
  for (const [param, value] of Object.entries({ 'reasoning.effort': effort, 'reasoning.summary': summary }))
    if (value && model.efforts.length === 0) unsupported(param);
  if (typeof effort === 'string') checkEffort(effort, model, 'reasoning.effort');
  if (summary && !['auto', 'concise', 'detailed'].includes(summary as string))
    notOneOf(summary, ['concise', 'detailed', 'auto'], 'reasoning.summary');
  if (!reasons(model, effort as string | undefined)) return;
  for (const param of ['temperature', 'top_p']) if (typeof body[param] === 'number') unsupported(param);
}

function unsupported(param: string): never {
  refuse(`Unsupported parameter: '${param}' is not supported with this model.`, {
    param,
    code: 'unsupported_parameter',
  });
}

function checkInclude(include: unknown): void {
  if (include === undefined || include === null) return;
  if (!Array.isArray(include)) wrongType(include, 'an array', 'include');
  include.forEach((each: unknown, index) => {
    if (!INCLUDES.includes(each as string)) notOneOf(each, INCLUDES, `include[${index}]`);
  });
}

function checkLimit({ max_output_tokens: most }: Json, { outputTokens }: OpenAiModel): void {
  const param = 'max_output_tokens';
  if (typeof most !== 'number') return;
  if (most < 16)
    refuse(`Invalid '${param}': integer below minimum value. Expected a value >= 16, but got ${most} instead.`, {
      param,
      code: 'integer_below_min_value',
    });
  if (most > outputTokens)
    refuse(
      `Invalid '${param}': integer above maximum value. Expected a value <= ${outputTokens}, but got ${most} instead.`,
      {
        param,
        code: 'integer_above_max_value',
      },
    );
}
