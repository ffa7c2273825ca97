export interface SimModel {
  id: string;
  displayName: string;
  inputTokenLimit: number;
  outputTokenLimit: number;
  /** What its name says: from 3 on it gives ids to its calls and insists on signatures. */
  version: number;
  methods: readonly string[];
  /** Least and greatest budget of a model that takes one. */
  budget?: readonly [least: number, most: number];
}

const GENERATES = ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'];

const model = (id: string, displayName: string, budget?: SimModel['budget']): SimModel => ({
  id,
  displayName,
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  version: Number.parseFloat(/\d+(\.\d+)?/.exec(id)![0]),
  methods: GENERATES,
  ...(budget && { budget }),
});

/** Ids from the types of `@google/genai` 3.3.0; limits and budgets from the model pages of the API documentation. */
export const GEMINI_MODELS: readonly SimModel[] = [
  model('gemini-2.5-pro', 'Gemini 2.5 Pro', [128, 32_768]),
  model('gemini-2.5-flash', 'Gemini 2.5 Flash', [0, 24_576]),
  model('gemini-2.5-flash-lite', 'Gemini 2.5 Flash-Lite', [512, 24_576]),
  model('gemini-3-pro-preview', 'Gemini 3 Pro Preview'),
  model('gemini-3-flash-preview', 'Gemini 3 Flash Preview'),
  model('gemini-3-flash', 'Gemini 3 Flash'),
  model('gemini-3.1-pro-preview', 'Gemini 3.1 Pro Preview'),
  model('gemini-3.1-flash-lite', 'Gemini 3.1 Flash-Lite'),
  model('gemini-3.5-flash', 'Gemini 3.5 Flash'),
  model('gemini-3.5-flash-lite', 'Gemini 3.5 Flash-Lite'),
  model('gemini-3.8-flash', 'Gemini 3.8 Flash'),
  {
    ...model('gemini-embedding-001', 'Gemini Embedding 001'),
    inputTokenLimit: 2048,
    outputTokenLimit: 1,
    methods: ['embedContent', 'countTextTokens', 'countTokens'],
  },
];

/** A model as the list shows it. */
export const modelResource = ({ id, displayName, inputTokenLimit, outputTokenLimit, version, methods }: SimModel) => ({
  name: `models/${id}`,
  version: String(version),
  displayName,
  description: `${displayName}, simulated`,
  inputTokenLimit,
  outputTokenLimit,
  supportedGenerationMethods: methods,
  ...(methods.includes('generateContent') && {
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    thinking: true,
  }),
});
