import type { ConversationRequest } from '../reply.js';
import { isObject } from './proto.js';
import type { Content, FunctionDeclaration, GenerateBody, Part } from './shape.js';

/** The request as scripts see it. */
export function conversationRequest(body: GenerateBody, model: string, bytes: Buffer): ConversationRequest {
  const contents = body.contents ?? [];
  const spoken = contents.filter(({ role }) => role !== 'model').map(textOf);
  const reply = contents.findLastIndex(({ role }) => role === 'model');
  const latest = contents.slice(reply + 1);
  const results = latest.some((content) => textOf(content).trim()) ? [] : latest.flatMap(resultsOf);
  return {
    model,
    lastUserText: spoken.findLast((text) => text.trim() !== '') ?? '',
    toolResults: results.map(toolResult),
    tools: (body.tools ?? []).flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(tool)),
    searchesWeb: (body.tools ?? []).some(({ googleSearch }) => googleSearch !== undefined),
    length: contents.length,
    body: bytes,
  };
}

const textOf = ({ parts = [] }: Content): string =>
  parts.flatMap(({ text, thought }) => (text && !thought ? [text] : [])).join('\n');

const resultsOf = ({ parts = [] }: Content) => parts.flatMap(({ functionResponse }) => functionResponse ?? []);

/** Results are objects; `output` and `error` are the keys the documentation gives them. */
function toolResult({ id, name, response = {} }: NonNullable<Part['functionResponse']>) {
  const said = response.error ?? response.output ?? response.result ?? response;
  return {
    id: id ?? name!,
    text: typeof said === 'string' ? said : JSON.stringify(said),
    isError: response.error !== undefined,
  };
}

function tool({ name, parameters, parametersJsonSchema }: FunctionDeclaration) {
  const { properties } = (parameters ?? parametersJsonSchema ?? {}) as { properties?: unknown };
  return { name: name!, parameters: isObject(properties) ? Object.keys(properties) : [] };
}
