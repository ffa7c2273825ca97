import { type Message, message, oneOf } from './proto.js';

/** The messages of the Gemini API that a request consists of. Source: types of `@google/genai` 3.3.0. */

const SCHEMA: Message = message('Schema', {
  type: oneOf('Type', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'),
  format: 'string',
  title: 'string',
  description: 'string',
  nullable: 'bool',
  enum: { list: 'string' },
  items: { one: () => SCHEMA },
  minItems: 'int',
  maxItems: 'int',
  properties: { map: () => SCHEMA },
  propertyOrdering: { list: 'string' },
  required: { list: 'string' },
  minProperties: 'int',
  maxProperties: 'int',
  minimum: 'number',
  maximum: 'number',
  minLength: 'int',
  maxLength: 'int',
  pattern: 'string',
  example: 'any',
  default: 'any',
  anyOf: { many: () => SCHEMA },
});

const BLOB = message('Blob', { mimeType: 'string', data: 'bytes', displayName: 'string' });
const FILE_DATA = message('FileData', { mimeType: 'string', fileUri: 'string', displayName: 'string' });

const PART = message('Part', {
  text: 'string',
  thought: 'bool',
  thoughtSignature: 'bytes',
  inlineData: { one: () => BLOB },
  fileData: { one: () => FILE_DATA },
  functionCall: { one: () => message('FunctionCall', { id: 'string', name: 'string', args: 'struct' }) },
  functionResponse: {
    one: () =>
      message('FunctionResponse', {
        id: 'string',
        name: 'string',
        response: 'struct',
        parts: { many: () => message('FunctionResponsePart', { inlineData: { one: () => BLOB } }) },
        willContinue: 'bool',
        scheduling: 'string',
      }),
  },
  executableCode: 'struct',
  codeExecutionResult: 'struct',
  videoMetadata: 'struct',
  mediaResolution: 'struct',
  partMetadata: 'struct',
});

const CONTENT = message('Content', { role: 'string', parts: { many: () => PART } });

const FUNCTION = message('FunctionDeclaration', {
  name: 'string',
  description: 'string',
  behavior: 'string',
  parameters: { one: () => SCHEMA },
  parametersJsonSchema: 'any',
  response: { one: () => SCHEMA },
  responseJsonSchema: 'any',
});

const TOOL = message('Tool', {
  functionDeclarations: { many: () => FUNCTION },
  googleSearch: 'struct',
  googleSearchRetrieval: 'struct',
  googleMaps: 'struct',
  codeExecution: 'struct',
  computerUse: 'struct',
  urlContext: 'struct',
  fileSearch: 'struct',
});

const THINKING = message('ThinkingConfig', {
  includeThoughts: 'bool',
  thinkingBudget: 'int',
  thinkingLevel: oneOf('ThinkingLevel', 'THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'),
});

const GENERATION_CONFIG = message('GenerationConfig', {
  temperature: 'number',
  topP: 'number',
  topK: 'number',
  candidateCount: 'int',
  maxOutputTokens: 'int',
  stopSequences: { list: 'string' },
  responseMimeType: 'string',
  responseSchema: { one: () => SCHEMA },
  responseJsonSchema: 'any',
  responseModalities: { list: 'string' },
  responseLogprobs: 'bool',
  logprobs: 'int',
  presencePenalty: 'number',
  frequencyPenalty: 'number',
  seed: 'int',
  mediaResolution: 'string',
  speechConfig: 'struct',
  thinkingConfig: { one: () => THINKING },
});

const CALLING = message('FunctionCallingConfig', {
  mode: oneOf('FunctionCallingConfig.Mode', 'MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'),
  allowedFunctionNames: { list: 'string' },
});

const GENERATE_FIELDS: Message['fields'] = {
  model: 'string',
  contents: { many: () => CONTENT },
  systemInstruction: { one: () => CONTENT },
  tools: { many: () => TOOL },
  toolConfig: { one: () => message('ToolConfig', { functionCallingConfig: { one: () => CALLING } }) },
  safetySettings: { many: () => message('SafetySetting', { category: 'string', threshold: 'string' }) },
  generationConfig: { one: () => GENERATION_CONFIG },
  cachedContent: 'string',
};

export const GENERATE = message('GenerateContentRequest', GENERATE_FIELDS);

export const COUNT = message('CountTokensRequest', {
  model: 'string',
  contents: { many: () => CONTENT },
  generateContentRequest: { one: () => GENERATE },
});

/** The same request as Code Assist wraps it. */
export const CODE_ASSIST_GENERATE: Message = {
  type: 'google.internal.cloud.code.v1internal.GenerateContentRequest',
  fields: {
    model: 'string',
    project: 'string',
    userPromptId: 'string',
    enabledCreditTypes: { list: 'string' },
    request: {
      one: () => ({
        type: 'google.cloud.aiplatform.master.GenerateContentRequest',
        fields: { ...GENERATE_FIELDS, labels: 'struct', sessionId: 'string' },
      }),
    },
  },
};

export const CODE_ASSIST_COUNT: Message = {
  type: 'google.internal.cloud.code.v1internal.CountTokensRequest',
  fields: { request: { one: () => COUNT } },
};

export interface Part {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  inlineData?: { mimeType?: string; data?: string };
  fileData?: { mimeType?: string; fileUri?: string };
  functionCall?: { id?: string; name?: string; args?: Record<string, unknown> };
  functionResponse?: { id?: string; name?: string; response?: Record<string, unknown>; parts?: Part[] };
  executableCode?: unknown;
  codeExecutionResult?: unknown;
}

export interface Content {
  role?: string;
  parts?: Part[];
}

export interface Schema {
  type?: string;
  enum?: string[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
}

export interface FunctionDeclaration {
  name?: string;
  parameters?: Schema;
  parametersJsonSchema?: unknown;
}

export interface GenerateBody {
  contents?: Content[];
  systemInstruction?: Content;
  tools?: { functionDeclarations?: FunctionDeclaration[]; googleSearch?: unknown }[];
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } };
  generationConfig?: {
    temperature?: number;
    topP?: number;
    candidateCount?: number;
    maxOutputTokens?: number;
    thinkingConfig?: { includeThoughts?: boolean; thinkingBudget?: number; thinkingLevel?: string };
  };
}
