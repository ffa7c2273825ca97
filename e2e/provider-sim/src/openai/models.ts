import { listed, refuse } from './errors.js';

export interface OpenAiModel {
  id: string;
  /** Unix time in seconds. */
  created: number;
  owner: string;
  contextTokens: number;
  outputTokens: number;
  /** Values it takes; none: it does not reason. */
  efforts: readonly string[];
  /** The effort where a request names none. */
  usualEffort: string;
  /** What Chat Completions says to function tools beside an effort; undefined: it takes them. */
  toolsRefusal?: string;
  /** Shows its thinking in Chat Completions, as models of other vendors do that are served over this API. */
  showsThinking?: true;
}

const NEW = ['none', 'low', 'medium', 'high', 'xhigh', 'max'];
const XHIGH = ['none', 'low', 'medium', 'high', 'xhigh'];
const NONE = ['none', 'low', 'medium', 'high'];
const MINIMAL = ['minimal', 'low', 'medium', 'high'];
const OLD = ['low', 'medium', 'high'];

const USE_RESPONSES = 'Please use /v1/responses instead.';
const USE_RESPONSES_OR_NONE = "To use function tools, use /v1/responses or set reasoning_effort to 'none'.";

type Sizes = readonly [contextTokens: number, outputTokens: number];
const LARGE: Sizes = [1_050_000, 128_000];
const MEDIUM: Sizes = [400_000, 128_000];
const OLDER: Sizes = [200_000, 100_000];
const LONG: Sizes = [1_047_576, 32_768];
const SMALL: Sizes = [128_000, 16_384];

function model(
  id: string,
  date: string,
  [contextTokens, outputTokens]: Sizes,
  efforts: readonly string[] = [],
  more: Partial<OpenAiModel> = {},
): OpenAiModel {
  const created = Date.parse(`${date}T00:00:00Z`) / 1000;
  return { id, created, owner: 'system', contextTokens, outputTokens, efforts, usualEffort: 'medium', ...more };
}

const newest = (id: string, date: string): OpenAiModel =>
  model(id, date, LARGE, NEW, { toolsRefusal: USE_RESPONSES_OR_NONE });

const calm = { usualEffort: 'none', toolsRefusal: USE_RESPONSES };

/**
 * Ids from the types of `openai` 7.57.0 and public issues. Sizes and efforts: model pages of
 * developers.openai.com/api/docs/models, read 2026-11-27; what Chat Completions does with tools: issues of
 * pipecat-ai/pipecat (4043), BerriAI/litellm (34569). Dates of the newest are made up.
 */
export const OPENAI_MODELS: readonly OpenAiModel[] = [
  newest('gpt-6.1-sol', '2026-11-12'),
  newest('gpt-6.1-terra', '2026-11-12'),
  newest('gpt-6-astra', '2026-09-24'),
  newest('gpt-6-sol', '2026-09-24'),
  newest('gpt-6-luna', '2026-09-24'),
  newest('gpt-5.6', '2026-07-09'),
  newest('gpt-5.6-sol', '2026-07-09'),
  newest('gpt-5.6-terra', '2026-07-09'),
  newest('gpt-5.6-luna', '2026-07-09'),
  model('gpt-5.5', '2026-04-23', LARGE, XHIGH, { toolsRefusal: USE_RESPONSES }),
  model('gpt-5.4', '2026-03-05', LARGE, XHIGH, calm),
  model('gpt-5.4-mini', '2026-03-17', MEDIUM, XHIGH, calm),
  model('gpt-5.4-nano', '2026-03-17', MEDIUM, XHIGH, calm),
  model('gpt-5.2', '2025-12-11', MEDIUM, XHIGH, calm),
  model('gpt-5.1', '2025-11-13', MEDIUM, NONE, { usualEffort: 'none' }),
  model('gpt-5', '2025-08-07', MEDIUM, MINIMAL),
  model('gpt-5-mini', '2025-08-07', MEDIUM, MINIMAL),
  model('gpt-5-nano', '2025-08-07', MEDIUM, MINIMAL),
  model('o3', '2025-04-16', OLDER, OLD),
  model('o4-mini', '2025-04-16', OLDER, OLD),
  model('gpt-4.1', '2025-04-14', LONG),
  model('gpt-4.1-mini', '2025-04-14', LONG),
  model('gpt-4o', '2024-05-13', SMALL),
  model('gpt-4o-mini', '2024-07-18', SMALL),
  model('deepseek-reasoner', '2025-01-20', SMALL, [], { owner: 'deepseek', showsThinking: true }),
];

/** Whether it reasons before this answer. */
export const reasons = (model: OpenAiModel, effort: string | null | undefined): boolean =>
  model.efforts.length > 0 && (effort ?? model.usualEffort) !== 'none';

export function checkEffort(effort: string, { id, efforts }: OpenAiModel, param: string): void {
  if (efforts.includes(effort)) return;
  refuse(
    `Unsupported value: '${effort}' is not supported with the '${id}' model. Supported values are: ${listed(efforts)}.`,
    { param, code: 'unsupported_value' },
  );
}

/** A model as the list shows it. */
export const modelResource = ({ id, created, owner }: OpenAiModel) => ({
  id,
  object: 'model',
  created,
  owned_by: owner,
});
