import type { SimRequest } from '../wire-format.js';
import { missing, notOneOf, refuse } from './errors.js';
import { checkFields, findModel, type Json, type Kind, readJson } from './fields.js';
import { checkEffort, type OpenAiModel, reasons } from './models.js';
import { chatTools, type FunctionTool } from './tools.js';

/** Source: `ChatCompletionCreateParamsBase` of `openai` 7.57.0. */
const FIELDS: Readonly<Record<string, Kind>> = {
  model: 'a string',
  messages: 'an array of objects',
  stream: 'a boolean',
  stream_options: 'an object',
  tools: 'an array of objects',
  tool_choice: 'any',
  parallel_tool_calls: 'a boolean',
  reasoning_effort: 'a string',
  verbosity: 'a string',
  max_tokens: 'an integer',
  max_completion_tokens: 'an integer',
  temperature: 'a decimal',
  top_p: 'a decimal',
  n: 'an integer',
  stop: 'any',
  seed: 'an integer',
  frequency_penalty: 'a decimal',
  presence_penalty: 'a decimal',
  logit_bias: 'an object',
  logprobs: 'a boolean',
  top_logprobs: 'an integer',
  response_format: 'an object',
  metadata: 'an object',
  modalities: 'any',
  prediction: 'an object',
  prompt_cache_key: 'a string',
  prompt_cache_options: 'an object',
  prompt_cache_retention: 'a string',
  safety_identifier: 'a string',
  service_tier: 'a string',
  store: 'a boolean',
  user: 'a string',
  web_search_options: 'an object',
};

export interface ChatRequest {
  body: Json;
  model: OpenAiModel;
  messages: Json[];
  tools: FunctionTool[];
  reasons: boolean;
}

/** The body, checked but for the order of its messages. */
export function readChat(request: SimRequest): ChatRequest {
  const body = readJson(request);
  if (body.model === undefined || body.model === null || body.model === '')
    refuse('you must provide a model parameter');
  checkFields(body, FIELDS);
  const model = findModel(body.model as string);
  if (!model)
    refuse(`The model \`${body.model}\` does not exist or you do not have access to it.`, {
      status: 404,
      code: 'model_not_found',
    });
  if (!Array.isArray(body.messages)) missing('messages');
  const tools = chatTools(body.tools);
  checkToolSettings(body, tools);
  checkStreamOptions(body);
  checkReasoning(body, model, tools);
  checkLimits(body, model);
  return {
    body,
    model,
    messages: body.messages as Json[],
    tools,
    reasons: reasons(model, body.reasoning_effort as string),
  };
}

function checkToolSettings(body: Json, tools: readonly FunctionTool[]): void {
  for (const param of ['tool_choice', 'parallel_tool_calls'])
    if (body[param] !== undefined && tools.length === 0)
      refuse(
        param === 'tool_choice'
          ? "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
          : "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
        { param },
      );
  const choice = body.tool_choice;
  if (typeof choice === 'string' && !['none', 'auto', 'required'].includes(choice))
    notOneOf(choice, ['none', 'auto', 'required'], 'tool_choice');
}

function checkStreamOptions({ stream, stream_options }: Json): void {
  if (stream_options === undefined || stream_options === null) return;
  if (stream !== true)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", { param: 'stream_options' });
  checkFields(
    stream_options as Json,
    { include_usage: 'a boolean', include_obfuscation: 'a boolean' },
    'stream_options.',
  );
}

function checkReasoning(body: Json, model: OpenAiModel, tools: readonly FunctionTool[]): void {
  const param = 'reasoning_effort';
  const effort = body[param] as string | null | undefined;
  if (effort && model.efforts.length === 0) refuse(`Unrecognized request argument supplied: ${param}`);
  if (effort) checkEffort(effort, model, param);
  if (!reasons(model, effort)) return;
  if (model.toolsRefusal && tools.length > 0)
    refuse(
      `Function tools with reasoning_effort are not supported for ${model.id} in /v1/chat/completions. ${model.toolsRefusal}`,
      { param },
    );
  for (const sampling of ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']) checkUsual(body, sampling);
}

function checkUsual(body: Json, param: string): void {
  const usual = param.endsWith('penalty') ? 0 : 1;
  const given = body[param];
  if (given === undefined || given === null || given === usual) return;
  refuse(
    `Unsupported value: '${param}' does not support ${given} with this model. Only the default (${usual}) value is supported.`,
    { param, code: 'unsupported_value' },
  );
}

function checkLimits(body: Json, { efforts, outputTokens }: OpenAiModel): void {
  const isOldName = typeof body.max_tokens === 'number';
  if (isOldName && efforts.length > 0)
    refuse(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { param: 'max_tokens', code: 'unsupported_parameter' },
    );
  const param = isOldName ? 'max_tokens' : 'max_completion_tokens';
  const most = body[param];
  if (typeof most !== 'number') return;
  if (most < 1)
    refuse(`Invalid '${param}': integer below minimum value. Expected a value >= 1, but got ${most} instead.`, {
      param,
      code: 'integer_below_min_value',
    });
  if (most > outputTokens)
    refuse(
      `${param} is too large: ${most}. This model supports at most ${outputTokens} completion tokens, whereas you provided ${most}.`,
      { param, code: 'invalid_value' },
    );
}
